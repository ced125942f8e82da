import { beforeAll, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { parseRetentionPolicy } from '../../../lib/core/config/parse-retention-policy.ts';
import { judgeObject } from '../../../lib/core/retention/judge-object.ts';
import type { RetentionPlan } from '../../../lib/core/retention/retention-plan.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { claimTestLineage, segment } from '../../support/wal-fixture.ts';

const AT = new Date('2026-12-01T00:00:00Z');
const BEFORE = new Date('2026-11-01T00:00:00Z');
const HASH = 'a'.repeat(64);

const plan: RetentionPlan = {
  id: '20261201T000000Z',
  at: AT,
  policy: parseRetentionPolicy({}),
  backups: [
    backup('20260101T000000Z-00000001-000000010000000000000002', false, 'expired'),
    backup('20261101T000000Z-00000001-000000010000000000000014', true, 'window-base'),
  ],
  wal: [
    range(2, 9, false, 'expired'),
    range(20, 40, true, 'window'),
    range(1, 3, true, 'window', 2),
  ],
  warnings: [],
};

function backup(id: string, stays: boolean, rule: string): RetentionPlan['backups'][number] {
  return { id, state: 'restorable', stays, reasons: [{ rule, says: 's' }], storedBytes: 1 };
}

function range(
  first: number,
  last: number,
  stays: boolean,
  rule: string,
  timeline = 1,
): RetentionPlan['wal'][number] {
  const names = { first: segment(first, timeline), last: segment(last, timeline) };
  const size = { segments: last - first + 1, storedBytes: 1 };
  return { ...names, ...size, stays, reasons: [{ rule, says: 's' }] };
}

describe('judgeObject', () => {
  let lineage: Lineage;
  beforeAll(async () => {
    lineage = await claimTestLineage(new MemoryObjectStore());
  });

  function verdict(key: string, modifiedAt = BEFORE): string {
    const { stays, reason } = judgeObject(plan, lineage, { key, modifiedAt });
    return `${stays ? 'stays' : 'goes'} ${reason.rule}`;
  }

  test('gives objects of a backup its fate', () => {
    const [old, base] = plan.backups.map(({ id }) => lineage.keys.backup(id));
    if (old === undefined || base === undefined) throw new Error('there are two');
    expect([old.record, old.manifest, old.part(1)].map((key) => verdict(key))).toEqual(
      Array.from({ length: 3 }, () => 'goes expired'),
    );
    expect(verdict(base.part(20_000))).toBe('stays window-base');
    expect(verdict(lineage.keys.backup('20260601T000000Z-x').record)).toBe('stays unplanned');
  });

  test('gives a segment, and whatever belongs to it, the fate of its range', () => {
    const { keys } = lineage;
    for (const [number, fate] of [
      [1, 'stays unplanned'],
      [2, 'goes expired'],
      [9, 'goes expired'],
      [10, 'stays unplanned'],
      [20, 'stays window'],
      [41, 'stays unplanned'],
    ] as const) {
      const name = segment(number);
      expect(verdict(keys.wal(name))).toBe(fate);
      expect(verdict(keys.walIndex(name))).toBe(fate);
      expect(verdict(keys.wal(`${name}.00000028.backup`))).toBe(fate);
      expect(verdict(keys.walPartial(`${name}.partial`, HASH))).toBe(fate);
      expect(verdict(`${keys.tailPrefix}00000001/${name}/1.zst`.replace('/1.', '.'))).toBe(fate);
    }
    expect(verdict(keys.wal(segment(2, 2)))).toBe('stays window');
  });

  test('lets nothing go that came after the plan', () => {
    const key = lineage.keys.wal(segment(5));
    expect(verdict(key, AT)).toBe('goes expired');
    expect(verdict(key, new Date(AT.getTime() + 1))).toBe('stays newer');
  });

  test('never lets go what tells of the lineage', () => {
    const { keys } = lineage;
    const records = [
      keys.identity,
      keys.writer(1),
      keys.lease('backup'),
      keys.gap('g'),
      keys.gapAnchor('g'),
      keys.gapSegment('g', segment(5), HASH),
      keys.hold('h'),
      keys.holdRelease('h'),
      keys.audit('a'),
      keys.retention.plan('p'),
      keys.retention.applied('p'),
      keys.retention.undone('p'),
      keys.run('base-backup', 'o').claim,
      `${keys.prefix}drill/d.json`,
    ];
    expect(records.map((key) => verdict(key))).toEqual(records.map(() => 'stays record'));
    expect(verdict(keys.wal('00000002.history'))).toBe('stays history');
  });

  test.each([
    ['another lineage', 'orders/1-15/wal/00000001/00000000/000000010000000000000005.zst'],
    ['nothing of ours below wal/', 'wal/00000001/notes.txt'],
    ['a segment at a wrong place', `wal/00000002/00000000/${segment(5)}.zst`],
    ['an index at a wrong place', `wal-index/00000002/${segment(5)}.json`],
    ['an index of no segment', 'wal-index/notes.js/notes.json'],
    ['a file beside the folders of backups', 'base/notes.txt'],
    [
      'a file in the folder of one',
      'base/20260101T000000Z-00000001-000000010000000000000002/n.txt',
    ],
    [
      'something below such a folder',
      'base/20260101T000000Z-00000001-000000010000000000000002/a/part-00001.tar.zst',
    ],
    ['a tail of no segment', 'tail/notes.txt'],
  ])('never lets go a stranger: %s', (_, path) => {
    const key = path.startsWith('orders/') ? path : `${lineage.keys.prefix}${path}`;
    expect(verdict(key)).toBe('stays stranger');
  });
});
