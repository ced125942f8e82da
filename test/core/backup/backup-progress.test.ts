import { describe, expect, test } from 'vitest';
import { type BackupProgress, progressMeter } from '../../../lib/core/backup/backup-progress.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';

function meterAt(): {
  meter: ReturnType<typeof progressMeter>;
  reports: BackupProgress[];
  wait: (ms: number) => void;
} {
  let nowMs = 1_000;
  const clock: Clock = {
    now: () => new Date(nowMs),
    elapsedMs: () => nowMs,
    sleep: async () => undefined,
  };
  const reports: BackupProgress[] = [];
  const meter = progressMeter(clock, (progress) => reports.push(progress));
  return {
    meter,
    reports,
    wait: (ms) => {
      nowMs += ms;
    },
  };
}

describe('progressMeter', () => {
  test('reports each phase once, the first one too', () => {
    const { meter, reports } = meterAt();
    meter.enter('checking the archive');
    meter.enter('copying');
    meter.enter('copying');
    expect(reports.map(({ phase }) => phase)).toEqual(['checking the archive', 'copying']);
  });

  test('reports bytes at most twice a second, and loses none', () => {
    const { meter, reports, wait } = meterAt();
    for (let i = 0; i < 1_000; i += 1) {
      meter.add(10);
      wait(10);
    }
    expect(reports).toHaveLength(20);
    meter.enter('waiting for WAL');
    expect(reports.at(-1)?.doneBytes).toBe(10_000);
  });

  test('tells rate and time left from the first byte on', () => {
    const { meter, reports, wait } = meterAt();
    wait(60_000);
    meter.expect(3_000);
    meter.add(0);
    wait(1_000);
    meter.add(1);
    wait(1_000);
    meter.add(999);
    expect(reports.at(-1)).toMatchObject({ bytesPerSec: 1_000, totalBytes: 3_000, etaSec: 2 });
  });

  test('knows no time left without a total, and none is left past it', () => {
    const { meter, reports, wait } = meterAt();
    meter.add(1_000);
    wait(1_000);
    meter.add(1_000);
    expect(reports.at(-1)?.etaSec).toBeUndefined();
    wait(1_000);
    meter.expect(500);
    expect(reports.at(-1)).toMatchObject({ totalBytes: 2_000, etaSec: 0 });
  });
});
