import { describe, expect, test } from 'vitest';
import {
  planUnmarked,
  type UnmarkedFiles,
} from '../../../../lib/core/wal/shipping/plan-unmarked.ts';
import { historyOf, lsnAt, segment } from '../../../support/wal-fixture.ts';
import { MiB } from '../../../support/wal-writer.ts';

function plan(present: readonly string[], more: Partial<UnmarkedFiles> = {}): readonly string[] {
  return planUnmarked({
    present,
    marked: new Set(),
    history: historyOf(1, []),
    checkpointLsn: lsnAt(5) + 40n,
    segmentBytes: MiB,
    ...more,
  });
}

describe('planUnmarked', () => {
  test('takes segments before the latest checkpoint, unless they are marked', () => {
    const present = [3, 4, 5, 6].map((number) => segment(number));
    expect(plan(present)).toEqual([segment(3), segment(4)]);
    expect(plan(present, { marked: new Set([segment(3)]) })).toEqual([segment(4)]);
  });

  test("takes an ancestor's up to the branch, wherever the checkpoint is, and a stranger's never", () => {
    const history = historyOf(3, [[1, 6]], 4096n);
    const present = [
      ...[4, 5, 6, 7].map((number) => segment(number)),
      segment(4, 2),
      ...[6, 7].map((number) => segment(number, 3)),
      '00000003.history',
      `${segment(6)}.partial`,
    ];
    expect(plan(present, { history })).toEqual([segment(4), segment(5)]);
    expect(plan(present, { history, checkpointLsn: lsnAt(7) })).toEqual([
      segment(4),
      segment(5),
      segment(6, 3),
    ]);
  });
});
