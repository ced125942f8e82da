import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../../lib/core/resolve/find-trouble.ts';
import {
  planResolution,
  type ResolveRequest,
  resolvables,
} from '../../../lib/core/resolve/plan-resolution.ts';
import { knownGap } from '../../support/gap-fixture.ts';
import { historyOf, segment } from '../../support/wal-fixture.ts';
import { MiB } from '../../support/wal-writer.ts';
import { backupRecord, listingOf, NOW } from '../catalog/archive-model.ts';

const REQUEST: ResolveRequest = {
  kind: 'missing',
  segment: segment(5),
  reason: ' the disk was full ',
  by: 'ann',
  at: NOW,
  epoch: 3,
};
const present = [1, 2, 3, 4, 7, 8, 9].map((number) => `1:${number}`);
const ALONE = historyOf(1, []);

function trouble(more: Partial<Trouble> = {}): Trouble {
  return {
    archive: listingOf({ present: new Set(present), histories: [ALONE], backups: [] }),
    backups: [backupRecord(2)],
    holes: [hole(4, 7)],
    lost: [],
    poisoned: undefined,
    unanchored: [],
    ...more,
  };
}

function hole(after: number, before: number, timeline = 1): Trouble['holes'][number] {
  const beforeSegment = segment(before, timeline);
  const missing = before - after - 1;
  return { timeline, afterSegment: segment(after), beforeSegment, missing, known: [] };
}

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('resolvables', () => {
  test('joins names that follow each other, and tells kinds apart', () => {
    const poisoned = { firstSegment: segment(11), lastSegment: segment(14) };
    const lost = [segment(8), segment(9), segment(16)];
    expect(resolvables(trouble({ lost, poisoned }), MiB)).toEqual([
      { kind: 'missing', firstSegment: segment(5), lastSegment: segment(6) },
      { kind: 'missing', firstSegment: segment(8), lastSegment: segment(9) },
      { kind: 'poisoned', ...poisoned },
      { kind: 'missing', firstSegment: segment(16), lastSegment: segment(16) },
    ]);
  });

  test('names the files of both timelines for a hole that spans a branch', () => {
    const histories = [ALONE, historyOf(2, [[1, 6]], 4096n)];
    const archive = listingOf({ present: new Set(), histories, backups: [] });
    expect(resolvables(trouble({ archive, holes: [hole(4, 8, 2)] }), MiB)).toEqual([
      { kind: 'missing', firstSegment: segment(5), lastSegment: segment(5) },
      { kind: 'missing', firstSegment: segment(6, 2), lastSegment: segment(7, 2) },
    ]);
  });
});

describe('planResolution', () => {
  test('records the whole gap, by whichever of its segments it was named', () => {
    for (const number of [5, 6]) {
      const plan = planResolution(trouble(), { ...REQUEST, segment: segment(number) }, MiB);
      expect(plan).toMatchObject({ anchor: undefined, lostBackups: [] });
      expect(plan.record).toEqual({
        id: `${segment(5)}-missing`,
        kind: 'missing',
        timeline: 1,
        firstSegment: segment(5),
        lastSegment: segment(6),
        reason: 'the disk was full',
        by: 'ann',
        at: NOW,
        epoch: 3,
      });
    }
  });

  test('takes the oldest restorable backup behind the gap for its anchor', () => {
    const backups = [backupRecord(6), backupRecord(7), backupRecord(8)];
    const plan = planResolution(trouble({ backups }), REQUEST, MiB);
    expect(plan.anchor).toBe(backups[1]?.id);
    expect(plan.lostBackups).toEqual([backups[0]?.id]);
  });

  test('goes on with a gap that was recorded, without asking why again', () => {
    const gap = knownGap('missing', 5, 6);
    const archive = { ...trouble().archive, knownGaps: [gap] };
    const again = { ...REQUEST, reason: '' };
    expect(planResolution(trouble({ archive, holes: [] }), again, MiB)).toMatchObject({
      gap,
      record: undefined,
      anchor: undefined,
    });
    const anchored = { ...archive, knownGaps: [{ ...gap, anchor: 'backup-1' }] };
    expect(planResolution(trouble({ archive: anchored, holes: [] }), again, MiB)).toMatchObject({
      record: undefined,
      anchor: 'backup-1',
    });
  });

  test.each([
    ['a segment beside it', { segment: segment(7) }],
    ['the wrong kind', { kind: 'poisoned' as const }],
    ['no reason', { reason: ' \n' }],
  ])('refuses %s', (_, wrong) => {
    expect(codeOf(() => planResolution(trouble(), { ...REQUEST, ...wrong }, MiB))).toBe(
      'WAL-RESOLVE',
    );
  });
});
