import colors from 'picocolors';
import { expect, test } from 'vitest';
import { watchLines } from '../../../../bin/cli/status/watch-lines.ts';
import { NOTHING_READ, type WatchState } from '../../../../bin/cli/status/watch-state.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';

const PLAIN = colors.createColors(false);
const NOW = new Date('2026-11-22T02:00:00.000Z');
const READ: WatchState = {
  ...NOTHING_READ,
  readAt: new Date('2026-11-22T01:59:58.000Z'),
  reading: {
    remarks: ['the lag is not known: cannot reach PostgreSQL'],
    status: {
      cluster: 'orders',
      lineage: '7-15',
      lastBackup: undefined,
      recoverablePoint: { lsn: 1n, time: new Date('2026-11-22T01:59:00.000Z'), ageSec: 1 },
      archive: {
        lagBytes: undefined,
        readySegments: undefined,
        segments: 0,
        storedBytes: 0,
        newestAt: undefined,
        gaps: [],
      },
    },
  },
};

test('shows how old the figures are, and lets their ages go on', () => {
  const lines = watchLines(READ, NOW, PLAIN);
  expect(lines[0]).toBe('holdfast status  2026-11-22 02:00:00Z  figures of 2.0 s ago');
  expect(lines.join('\n')).toContain('2026-11-22 01:59:00Z, 1 min 00 s ago');
  expect(lines).toContain('the lag is not known: cannot reach PostgreSQL');
});

test('says since when it fails, and why, above the figures that are left', () => {
  const since = new Date('2026-11-22T01:58:00.000Z');
  const failure = { error: new OpsError('STORE-TIMEOUT', 'no answer'), since };
  const lines = watchLines({ ...READ, failure }, NOW, PLAIN);
  expect(lines[0]).toContain('FAILING for 2 min 00 s: STORE-TIMEOUT');
  expect(lines[0]).toContain('no answer');
  expect(lines.join('\n')).toContain('recoverable point');
  expect(watchLines({ ...NOTHING_READ, failure }, NOW, PLAIN)[0]).toContain('no figures yet');
});

test('says when a refresh is slow', () => {
  const refreshingSince = new Date('2026-11-22T01:59:50.000Z');
  expect(watchLines({ ...READ, refreshingSince }, NOW, PLAIN)[0]).toContain(
    'refreshing for 10.0 s',
  );
});

test('draws a trend once there is one', () => {
  const sample = (lagBytes: number | undefined): WatchState['trend'][number] => ({
    lagBytes,
    pointAgeSec: undefined,
  });
  const trend = [sample(0), sample(undefined), sample(4_096)];
  expect(watchLines({ ...READ, trend }, NOW, PLAIN).at(-1)).toBe(
    'lag                ▁·█  up to 4.0 KiB',
  );
  expect(watchLines({ ...READ, trend: [sample(1)] }, NOW, PLAIN).at(-1)).toBe('');
});
