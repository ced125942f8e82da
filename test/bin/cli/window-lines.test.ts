import { expect, test } from 'vitest';
import { windowDocument, windowLines } from '../../../bin/cli/window-lines.ts';
import { type Past, windowsOf } from '../../core/restore/plan/recovery-model.ts';
import { historyOf } from '../../support/wal-fixture.ts';

const past: Past = { segments: 6, perSegment: 10, missing: new Set(), backups: [2] };

test('a window tells where its timeline left each parent', () => {
  const [first] = windowsOf(past, historyOf(1, []));
  if (first === undefined) throw new Error('the past has no window');
  expect(windowDocument(first)).toMatchObject({ timeline: 1, parents: [] });
  expect(windowLines(first)[0]).toBe('timeline 1, from backup backup-2');
  const history = historyOf(3, [
    [1, 4],
    [2, 5],
  ]);
  const third = { ...first, timeline: 3, history };
  expect(windowDocument(third)).toMatchObject({
    parents: [
      { timeline: 1, leftLsn: '0/400000' },
      { timeline: 2, leftLsn: '0/500000' },
    ],
  });
  expect(windowLines(third)[0]).toBe(
    'timeline 3, which left timeline 2 at 0/500000, from backup backup-2',
  );
});
