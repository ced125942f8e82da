import { describe, expect, test } from 'vitest';
import { formatLsn, type Lsn } from '../../../../lib/core/wal/lsn.ts';
import { refusalOf } from '../../../contract/store-helpers.ts';
import { lsnAt } from '../../../support/wal-fixture.ts';
import type { WrittenRecord } from '../../../support/wal-writer.ts';
import { newRecoveryStore, type RecoveryStore } from './recovery-store.ts';

/** A backup in segment 2, and two commits in each of the segments 2 to 4. */
async function busyStore(): Promise<{
  readonly past: RecoveryStore;
  readonly commits: readonly WrittenRecord[];
}> {
  const past = await newRecoveryStore();
  const commits: WrittenRecord[] = [];
  for (const number of [2, 3, 4]) {
    const events = [0, 1].map((n) => ({ commit: 10 * number + n, at: 10 * number + n }));
    commits.push(...(await past.segment(number, events)));
  }
  await past.backup(2, 19);
  return { past, commits };
}

describe('a target by LSN', () => {
  test('stops after the record that begins there, or just before it', async () => {
    const { past, commits } = await busyStore();
    const { lsn = 0n, endLsn } = commits[2] ?? {};
    const target = formatLsn(lsn);
    const plan = await past.plan(target);
    expect(plan).toMatchObject({ stopAt: { kind: 'lsn' }, stopLsn: endLsn });
    expect(plan.segments).toEqual([{ timeline: 1, first: 2n, last: 3n }]);
    expect((await past.plan(target, { exclusive: true })).stopLsn).toBe(lsn);
  });

  test('between two records means the second', async () => {
    const { past, commits } = await busyStore();
    const [, , first, second] = commits;
    const target = formatLsn((first?.lsn ?? 0n) + 1n);
    expect((await past.plan(target)).stopLsn).toBe(second?.endLsn);
    expect((await past.plan(target, { exclusive: true })).stopLsn).toBe(first?.endLsn);
  });

  test('behind the last record of a segment means the first of the next', async () => {
    const { past, commits } = await busyStore();
    const target = formatLsn(commits[1]?.endLsn ?? 0n);
    const plan = await past.plan(target, { exclusive: true });
    expect(plan.stopLsn).toBe(commits[1]?.endLsn);
    expect(plan.segments.at(-1)?.last).toBe(3n);
  });

  test('inside or at the end of the very last record replays all there is now', async () => {
    const { past, commits } = await busyStore();
    const { lsn = 0n, endLsn = 0n } = commits.at(-1) ?? {};
    expect((await past.plan(formatLsn(lsn))).stopAt.kind).toBe('lsn');
    for (const target of [lsn + 1n, endLsn]) {
      const plan = await past.plan(formatLsn(target));
      expect(plan).toMatchObject({ stopAt: { kind: 'latest' }, endsWithPlan: true });
      expect(plan.stopLsn).toBe(endLsn);
    }
  });

  test.each([
    ['before the end of the backup', () => lsnAt(2) + 47n, 'nearestAfter'],
    ['past the end of the WAL', (end: Lsn) => end + 1n, 'nearestBefore'],
  ])('fails when it is %s', async (_, target, detail) => {
    const { past, commits } = await busyStore();
    const refusal = await refusalOf(past.plan(formatLsn(target(commits.at(-1)?.endLsn ?? 0n))));
    expect(refusal.code).toBe('RESTORE-WINDOW');
    expect(refusal.details[detail]).toEqual(expect.any(String));
  });

  test('fails when it is behind a gap, and is found by a backup behind it', async () => {
    const { past } = await busyStore();
    const [commit] = await past.segment(6, [{ commit: 60, at: 60 }]);
    const target = formatLsn(commit?.lsn ?? 0n);
    expect(await refusalOf(past.plan(target))).toMatchObject({
      code: 'RESTORE-WINDOW',
      message: expect.stringContaining('gap'),
    });
    const behind = await past.backup(6, 59);
    expect((await past.plan(target)).backup.id).toBe(behind);
  });

  test('follows the writer, and names the other timeline that has it', async () => {
    const { past, commits } = await busyStore();
    await past.branch(2, 1, lsnAt(3));
    const [own] = await past.segment(3, [{ commit: 90, at: 90 }], { timeline: 2 });
    await past.writer(1);
    await past.writer(2);
    const plan = await past.plan(formatLsn(own?.lsn ?? 0n));
    expect([plan.timeline, plan.stopLsn]).toEqual([2, own?.endLsn]);
    expect(plan.notes.join()).toContain('--timeline 1');
    const beyond = formatLsn(commits.at(-1)?.lsn ?? 0n);
    const refusal = await refusalOf(past.plan(beyond));
    expect(refusal.code).toBe('RESTORE-WINDOW');
    expect(refusal.message).toContain('lies on timeline 1');
    expect((await past.plan(beyond, { timeline: 1 })).timeline).toBe(1);
  });
});
