import { describe, expect, test } from 'vitest';
import { type Status, statusLines } from '../../../bin/cli/status-lines.ts';

const NOW = new Date('2026-11-22T02:00:00.000Z');
const FRESH: Status = {
  cluster: 'orders-prod',
  lineage: '7400000000000000001-15',
  lastBackup: {
    id: '20261122T010203Z-00000001-000000010000000000000002',
    finishedAt: new Date('2026-11-22T01:02:09.500Z'),
    bytes: 24_000_000_000,
  },
  recoverablePoint: {
    lsn: 0x16_b374_d848n,
    time: new Date('2026-11-22T01:59:58.800Z'),
    ageSec: 1.2,
  },
  archive: {
    lagBytes: 4_096,
    readySegments: 1,
    segments: 5_000,
    storedBytes: 9_000_000_000,
    newestAt: new Date('2026-11-22T01:59:00.000Z'),
    gaps: [],
  },
};
const EMPTY: Status = {
  ...FRESH,
  lastBackup: undefined,
  recoverablePoint: undefined,
  archive: {
    ...FRESH.archive,
    lagBytes: undefined,
    readySegments: undefined,
    segments: 0,
    storedBytes: 0,
    newestAt: undefined,
  },
};
const loudly = (text: string): string => `<${text}>`;

describe('the status for people', () => {
  test('of a cluster in good order is calm, and fits a terminal', () => {
    const lines = statusLines(FRESH, NOW, loudly);
    expect(lines).toEqual([
      'cluster            orders-prod',
      'lineage            7400000000000000001-15',
      'last backup        20261122T010203Z-00000001-000000010000000000000002',
      '                   22.4 GiB, finished 2026-11-22 01:02:09Z, 57 min 51 s ago',
      'recoverable point  2026-11-22 01:59:58Z, 1.2 s ago, 16/B374D848',
      'archive            5000 segments, 8.4 GiB, the newest arrived 1 min 00 s ago',
      'waiting            1 segment',
      'lag                4.0 KiB',
    ]);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('without backup and archive is loud about each, and says what is not known', () => {
    const lines = statusLines(EMPTY, NOW, loudly).map((line) => line.slice(19));
    expect(lines.slice(2)).toEqual([
      '<NONE: take one with "holdfast backup">',
      '<NONE: nothing can be recovered>',
      '<EMPTY: no WAL has arrived; does the agent run, is archive_mode on?>',
      'unknown',
      'unknown',
    ]);
  });

  test('names every gap, and that recovery ends there', () => {
    const gap = { timeline: 2, afterSegment: 'A', beforeSegment: 'D', missing: 2, known: [] };
    const status = { ...FRESH, archive: { ...FRESH.archive, gaps: [gap] } };
    expect(statusLines(status, NOW, loudly).at(-1)).toBe(
      '<GAP on timeline 2: 2 segments missing between A and D; no recovery can pass it: run "holdfast resolve" on the server>',
    );
  });

  test('names an acknowledged gap without alarm, and who acknowledged it and why', () => {
    const known = {
      id: 'B-missing',
      kind: 'missing' as const,
      firstSegment: 'B',
      lastSegment: 'C',
      reason: 'the disk was lost',
      by: 'ann on db-1',
      at: NOW,
      anchor: undefined,
    };
    const gap = { timeline: 2, afterSegment: 'A', beforeSegment: 'D', missing: 2, known: [known] };
    const status = { ...FRESH, archive: { ...FRESH.archive, gaps: [gap] } };
    expect(statusLines(status, NOW, loudly).at(-1)).toBe(
      'known gap on timeline 2: 2 segments missing between A and D; acknowledged by ann on db-1: the disk was lost',
    );
  });

  test('a clock that is behind the store shows no negative age', () => {
    const lines = statusLines(FRESH, new Date('2026-11-22T00:00:00Z'), loudly);
    expect(lines.join('\n')).toContain('0 ms ago');
  });
});
