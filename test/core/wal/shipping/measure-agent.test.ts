import { describe, expect, onTestFinished, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { WalDirectory } from '../../../../lib/core/ports/wal-directory.ts';
import {
  type AgentMeasures,
  type AgentMeter,
  startMeasuring,
} from '../../../../lib/core/wal/shipping/measure-agent.ts';
import { fakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { recordingLog, type RecordingLog } from '../../../support/recording-log.ts';
import {
  recordingTelemetry,
  type RecordingTelemetry,
} from '../../../support/recording-telemetry.ts';
import { segment } from '../../../support/wal-fixture.ts';

const MINUTE_MS = 60_000;

interface Stage {
  readonly meter: AgentMeter;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly telemetry: RecordingTelemetry;
  /** What PostgreSQL has marked ready, and when. */
  readonly ready: Map<string, Date>;
}

function stage(changes: Partial<AgentMeasures> & { wal?: Partial<WalDirectory> } = {}): Stage {
  const clock = fakeClock();
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const ready = new Map<string, Date>();
  const wal = {
    ready: async () => [...ready.keys()],
    readySince: async (name: string) => ready.get(name),
    ...changes.wal,
  } satisfies Partial<WalDirectory>;
  const meter = startMeasuring(
    // The rest of a WAL directory is not looked at.
    { wal: wal as unknown as WalDirectory, clock, log, cluster: 'orders' },
    { telemetry, volume: { freePercent: async () => 25 }, ...changes },
  );
  onTestFinished(async () => meter[Symbol.asyncDispose]());
  return { meter, clock, log, telemetry, ready };
}

describe('the meter of an agent', () => {
  test('tells once a minute, in the middle of it', async () => {
    const { meter, clock, telemetry } = stage();
    meter.wentRound(new Set());
    await clock.advance(MINUTE_MS / 2 - 1);
    expect(telemetry.flushed).toEqual([]);
    await clock.advance(1);
    expect(telemetry.flushed).toEqual([
      { AgentAlive: 1, ArchiveLagSec: 0, ReadySegments: 0, DataVolumeFreePercent: 25 },
    ]);
    await clock.advance(2 * MINUTE_MS);
    expect(telemetry.flushed).toHaveLength(3);
  });

  test('calls the agent alive only for a minute in which the shipping loop went round', async () => {
    const { meter, clock, telemetry } = stage();
    const lives = (): unknown[] => telemetry.flushed.map(({ AgentAlive }) => AgentAlive);
    await clock.advance(MINUTE_MS);
    meter.wentRound(new Set());
    await clock.advance(2 * MINUTE_MS);
    meter.wentRound(new Set());
    await clock.advance(MINUTE_MS);
    expect(lives()).toEqual([undefined, 1, undefined, 1]);
  });

  test('tells how long the oldest waiting file has been ready, and 0 once the store has it', async () => {
    const { meter, clock, telemetry, ready } = stage();
    ready.set(segment(2), new Date(clock.now().getTime() + 10_000));
    ready.set(segment(1), clock.now());
    meter.wentRound(new Set());
    await clock.advance(MINUTE_MS);
    await clock.advance(MINUTE_MS);
    // PostgreSQL has not come to collect it yet.
    meter.wentRound(new Set([segment(1)]));
    await clock.advance(MINUTE_MS);
    meter.wentRound(new Set([segment(1), segment(2)]));
    await clock.advance(MINUTE_MS);
    expect(telemetry.flushed).toMatchObject([
      { ArchiveLagSec: 30, ReadySegments: 2 },
      { ArchiveLagSec: 90, ReadySegments: 2 },
      { ArchiveLagSec: 140, ReadySegments: 1 },
      { ArchiveLagSec: 0, ReadySegments: 0 },
    ]);
  });

  test('lets the lag grow also while the agent has never got as far as shipping', async () => {
    const { clock, telemetry, ready } = stage();
    ready.set(segment(1), clock.now());
    await clock.advance(2 * MINUTE_MS);
    expect(telemetry.flushed).toEqual([
      { ArchiveLagSec: 30, ReadySegments: 1, DataVolumeFreePercent: 25 },
      { ArchiveLagSec: 90, ReadySegments: 1, DataVolumeFreePercent: 25 },
    ]);
  });

  test('passes over a file that is archived while it looks', async () => {
    const { clock, telemetry, ready } = stage({
      wal: { ready: async () => [segment(1), segment(2)] },
    });
    ready.set(segment(2), clock.now());
    await clock.advance(MINUTE_MS);
    expect(telemetry.flushed).toMatchObject([{ ArchiveLagSec: 30 }]);
  });

  test('leaves out what it cannot see, with a warning, and tells the rest', async () => {
    const { meter, clock, telemetry, log } = stage({
      wal: {
        ready: async () => {
          throw new OpsError('PG-DATA-DIR', 'cannot be read');
        },
      },
      volume: {
        freePercent: async () => {
          throw new Error('no such device');
        },
      },
    });
    meter.wentRound(new Set());
    await clock.advance(MINUTE_MS);
    expect(telemetry.flushed).toEqual([{ AgentAlive: 1 }]);
    expect(log.lines).toMatchObject([
      { event: 'agent.not_measured', fields: { what: 'the backlog', error_code: 'PG-DATA-DIR' } },
      { event: 'agent.not_measured', fields: { what: 'the volume', error_code: 'INTERNAL' } },
    ]);
  });

  test('tells of memory where there is a way to, and ships on where there is none', async () => {
    const { meter, clock, telemetry } = stage({ memory: { availablePercent: async () => 40 } });
    meter.wentRound(new Set());
    await clock.advance(MINUTE_MS);
    expect(telemetry.flushed).toMatchObject([{ AgentAlive: 1, MemoryAvailablePercent: 40 }]);
    const without = stage({ memory: { availablePercent: async () => undefined } });
    await without.clock.advance(MINUTE_MS);
    expect(without.telemetry.flushed[0]).not.toHaveProperty('MemoryAvailablePercent');
    expect(without.log.lines).toEqual([]);
  });

  test('goes on when telling itself fails', async () => {
    const telemetry = recordingTelemetry();
    let failures = 1;
    const { clock, log } = stage({
      telemetry: {
        ...telemetry,
        flush: () => {
          if ((failures -= 1) >= 0) throw new Error('nobody reads');
          telemetry.flush();
        },
      },
    });
    await clock.advance(2 * MINUTE_MS);
    expect(log.lines).toMatchObject([{ fields: { what: 'the agent' } }]);
    expect(telemetry.flushed).toHaveLength(1);
  });

  test('ends with the agent', async () => {
    const { meter, clock, telemetry } = stage();
    await clock.advance(MINUTE_MS);
    await meter[Symbol.asyncDispose]();
    await clock.advance(10 * MINUTE_MS);
    expect(telemetry.flushed).toHaveLength(1);
  });
});
