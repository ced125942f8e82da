import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agentMetrics,
  secondsBetween,
  untilMidMinuteMs,
  waitingFiles,
} from '../../../../lib/core/wal/shipping/agent-metrics.ts';
import { segment } from '../../../support/wal-fixture.ts';

const NOON = new Date('2026-12-01T12:00:00.000Z');

describe('waitingFiles', () => {
  test('names what is ready and not in the store, the oldest first', () => {
    const ready = [segment(12), '00000002.history', segment(3), segment(7), segment(1, 2)];
    expect(waitingFiles(ready, new Set([segment(7)]))).toEqual([
      segment(3),
      segment(12),
      '00000002.history',
      segment(1, 2),
    ]);
  });
});

describe('agentMetrics', () => {
  test('says that the agent lives, what waits and for how long, and what room and memory are left', () => {
    const names = [segment(3), segment(4), '00000002.history'];
    const backlog = { names, lagSec: 42 };
    const sample = { isShipping: true, backlog, freePercent: 12.5, memoryPercent: 60 };
    expect(Object.fromEntries(agentMetrics(sample))).toEqual({
      MemoryAvailablePercent: 60,
      AgentAlive: 1,
      ArchiveLagSec: 42,
      ReadySegments: 2,
      DataVolumeFreePercent: 12.5,
    });
  });

  test('says nothing of an agent whose loop stands still, but of what waits', () => {
    const sample = { isShipping: false, backlog: { names: [], lagSec: 0 }, freePercent: 50 };
    expect(Object.fromEntries(agentMetrics(sample))).toEqual({
      ArchiveLagSec: 0,
      ReadySegments: 0,
      DataVolumeFreePercent: 50,
    });
  });

  test('leaves out what could not be seen', () => {
    const sample = { isShipping: true, backlog: undefined, freePercent: undefined };
    expect(agentMetrics(sample)).toEqual([['AgentAlive', 1]]);
  });
});

describe('secondsBetween', () => {
  test('is never negative, for clocks are set back', () => {
    expect(secondsBetween(NOON, new Date('2026-12-01T12:00:01.500Z'))).toBe(1.5);
    expect(secondsBetween(NOON, new Date('2026-12-01T11:00:00.000Z'))).toBe(0);
  });
});

describe('untilMidMinuteMs', () => {
  test('always leads to the middle of a minute, and further than now', () => {
    const moments = fc.date({ noInvalidDate: true, min: new Date('2020-01-01'), max: NOON });
    fc.assert(
      fc.property(moments, (now) => {
        const ms = untilMidMinuteMs(now);
        expect((now.getTime() + ms) % 60_000).toBe(30_000);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
