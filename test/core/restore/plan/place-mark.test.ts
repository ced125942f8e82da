import { describe, expect, test } from 'vitest';
import { formatLsn } from '../../../../lib/core/wal/lsn.ts';
import { codeOf, refusalOf } from '../../../contract/store-helpers.ts';
import { lsnAt } from '../../../support/wal-fixture.ts';
import type { WrittenRecord } from '../../../support/wal-writer.ts';
import { newRecoveryStore, type RecoveryStore } from './recovery-store.ts';

interface MarkedStore {
  readonly past: RecoveryStore;
  readonly first: string;
  /** commit 30, abort 31, point "here" in segment 3. */
  readonly marks: readonly WrittenRecord[];
}

/** A backup in segment 2, marks in segment 3, a commit in segment 4. */
async function markedStore(): Promise<MarkedStore> {
  const past = await newRecoveryStore();
  await past.segment(2, [{ commit: 20, at: 20 }]);
  const marks = await past.segment(3, [
    { commit: 30, at: 30 },
    { abort: 31, at: 31 },
    { point: 'here', at: 32 },
  ]);
  await past.segment(4, [{ commit: 40, at: 40 }]);
  return { past, marks, first: await past.backup(2, 19) };
}

describe('a target by transaction', () => {
  test('is found without a backup, and stops after its commit or just before it', async () => {
    const { past, marks, first } = await markedStore();
    const plan = await past.plan('xid:30');
    expect(plan).toMatchObject({ backup: { id: first }, stopLsn: marks[0]?.endLsn });
    expect(plan.segments).toEqual([{ timeline: 1, first: 2n, last: 3n }]);
    expect((await past.plan('xid:30', { exclusive: true })).stopLsn).toBe(marks[0]?.lsn);
  });

  test('may have been rolled back', async () => {
    const { past, marks } = await markedStore();
    expect((await past.plan('xid:31')).stopLsn).toBe(marks[1]?.endLsn);
  });

  test('is the same with its epoch', async () => {
    const { past, marks } = await markedStore();
    expect((await past.plan(`xid:${2n ** 32n + 30n}`)).stopLsn).toBe(marks[0]?.endLsn);
  });

  test('takes the newest backup that ends before it', async () => {
    const { past, first } = await markedStore();
    const second = await past.backup(4, 33);
    expect((await past.plan('xid:30')).backup.id).toBe(first);
    expect((await past.plan('xid:40')).backup.id).toBe(second);
  });

  test('fails when no such transaction ended, with what was searched', async () => {
    const { past } = await markedStore();
    const refusal = await refusalOf(past.plan('xid:99'));
    expect(refusal.code).toBe('RESTORE-TARGET');
    expect(refusal.details['searched']).toMatch(/^timeline 1 from 0\/200028 to 0\/4/);
  });

  test('fails when it ended before every backup did', async () => {
    const { past } = await markedStore();
    const only = await past.backup(3, 33, { stop: 4 });
    expect(await codeOf(past.plan('xid:30', { backupId: only }))).toBe('RESTORE-WINDOW');
    expect(await codeOf(past.plan('xid:20', { backupId: only }))).toBe('RESTORE-TARGET');
  });

  test('fails when its id was used twice, with both, unless the backup decides', async () => {
    const { past, marks } = await markedStore();
    const [again] = await past.segment(5, [{ commit: 30, at: 50 }]);
    const refusal = await refusalOf(past.plan('xid:30'));
    expect(refusal.code).toBe('RESTORE-TARGET');
    for (const mark of [marks[0], again]) {
      expect(refusal.message).toContain(formatLsn(mark?.lsn ?? 0n));
    }
    expect(refusal.hint).toContain('--backup');
    const second = await past.backup(4, 33);
    expect((await past.plan('xid:30', { backupId: second })).stopLsn).toBe(again?.endLsn);
  });
});

describe('a target by restore point', () => {
  test('is found without a backup, and stops there', async () => {
    const { past, marks } = await markedStore();
    const plan = await past.plan('name:here');
    expect(plan).toMatchObject({ stopAt: { kind: 'name' }, stopLsn: marks[2]?.endLsn });
    expect(plan.targetSettings['recovery_target_name']).toBe('here');
  });

  test('fails when there is none of that name, or two', async () => {
    const { past } = await markedStore();
    expect(await codeOf(past.plan('name:Here'))).toBe('RESTORE-TARGET');
    await past.segment(5, [{ point: 'here', at: 50 }]);
    expect((await refusalOf(past.plan('name:here'))).message).toContain('occurs 2 times');
  });

  test('fails when it lies behind a gap only', async () => {
    const { past } = await markedStore();
    await past.segment(7, [{ point: 'there', at: 70 }]);
    expect(await codeOf(past.plan('name:there'))).toBe('RESTORE-TARGET');
    await past.backup(7, 69);
    expect((await past.plan('name:there')).backup.startSegment).toMatch(/7$/);
  });

  test('is not just before anything', async () => {
    const { past } = await markedStore();
    expect(await codeOf(past.plan('name:here', { exclusive: true }))).toBe('RESTORE-TARGET');
  });

  test('fails on an abandoned stretch, or on two timelines, and names them', async () => {
    const { past } = await markedStore();
    await past.branch(2, 1, lsnAt(3));
    await past.segment(3, [{ point: 'later', at: 60 }], { timeline: 2 });
    await past.writer(1);
    await past.writer(2);
    expect((await past.plan('name:later')).timeline).toBe(2);
    const abandoned = await refusalOf(past.plan('name:here'));
    expect(abandoned).toMatchObject({ code: 'RESTORE-TARGET', details: { timelines: '1, 2' } });
    expect(abandoned.message).toMatch(/on timeline 1 at 0\/3/);
    expect((await past.plan('name:here', { timeline: 1 })).timeline).toBe(1);
    expect(await codeOf(past.plan('name:here', { timeline: 2 }))).toBe('RESTORE-TARGET');

    await past.segment(4, [{ point: 'here', at: 70 }], { timeline: 2 });
    const both = await refusalOf(past.plan('name:here'));
    expect(both.message).toMatch(/on timeline 1 at .*, and on timeline 2 at /);
  });
});
