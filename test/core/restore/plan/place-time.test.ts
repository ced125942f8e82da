import { describe, expect, test } from 'vitest';
import { codeOf, refusalOf } from '../../../contract/store-helpers.ts';
import { lsnAt, segment } from '../../../support/wal-fixture.ts';
import { newRecoveryStore, type RecoveryStore, timeAt } from './recovery-store.ts';

/** Segments 2 to 5 with two commits each, at 20 and 25, 30 and 35 … and a backup in segment 2 at 21. */
async function busyStore(): Promise<RecoveryStore> {
  const past = await newRecoveryStore();
  for (const number of [2, 3, 4, 5]) {
    await past.segment(number, [
      { commit: 100 * number, at: 10 * number },
      { commit: 100 * number + 1, at: 10 * number + 5 },
    ]);
  }
  await past.backup(2, 21);
  return past;
}

describe('a target by time', () => {
  test('stops before the first commit after it, and reads no further', async () => {
    const plan = await (await busyStore()).plan(timeAt(37));
    expect(plan.stopAt.kind).toBe('time');
    expect(plan.segments).toEqual([{ timeline: 1, first: 2n, last: 4n }]);
    expect(plan.walBytes).toBe(3 * 1024 * 1024);
    expect(plan.targetSettings['recovery_target_time']).toBe('2026-11-22 00:00:37.000000+00');
    expect(plan.endsWithPlan).toBe(true);
  });

  test('is compared to the microsecond', async () => {
    const past = await busyStore();
    const [, first] = await past.segment(6, [
      { commit: 600, at: 60 },
      { commit: 601, at: 65 },
    ]);
    const at = async (micros: number, exclusive = false): Promise<bigint | undefined> =>
      (await past.plan(timeAt(65, micros), { exclusive })).stopLsn;
    const before = first?.lsn;
    expect([await at(788), await at(789, true), await at(790, true)]).toEqual([
      before,
      before,
      first?.endLsn,
    ]);
    expect(await at(789)).toBe(first?.endLsn);
  });

  test('stops at an abort too', async () => {
    const past = await newRecoveryStore();
    const [, abort] = await past.segment(2, [
      { commit: 1, at: 30 },
      { abort: 2, at: 40 },
    ]);
    await past.backup(2, 21);
    const plan = await past.plan(timeAt(35));
    expect([plan.stopAt.kind, plan.stopLsn]).toEqual(['time', abort?.lsn]);
  });

  test('at or after the last commit replays all there is now, and no more', async () => {
    const past = await busyStore();
    const plan = await past.plan(timeAt(56));
    expect(plan).toMatchObject({ stopAt: { kind: 'latest' }, endsWithPlan: true });
    expect(plan.stopLsn).toBe(plan.window.toLsn);
    expect(plan.segmentCount).toBe(4);
  });

  test('takes the newest backup that was finished by then', async () => {
    const past = await busyStore();
    const second = await past.backup(4, 41);
    expect((await past.plan(timeAt(40))).backup.id).not.toBe(second);
    expect((await past.plan(timeAt(41))).backup.id).toBe(second);
  });

  test('stops where PostgreSQL does when the clock was set back', async () => {
    const past = await newRecoveryStore();
    const [, ahead] = await past.segment(2, [
      { commit: 1, at: 30 },
      { commit: 2, at: 3_600 },
      { commit: 3, at: 31 },
    ]);
    await past.backup(2, 21);
    expect((await past.plan(timeAt(32))).stopLsn).toBe(ahead?.lsn);
  });

  test('takes an older backup when the clock was ahead while the newer one ran', async () => {
    const past = await busyStore();
    const older = (await past.plan(timeAt(22))).backup.id;
    await past.segment(6, [{ commit: 600, at: 3_600 }]);
    await past.segment(7, [{ commit: 700, at: 61 }]);
    const newer = await past.backup(6, 62, { stop: 7 });
    expect((await past.plan(timeAt(62))).backup.id).toBe(older);
    expect((await past.plan(timeAt(3_601))).backup.id).toBe(newer);
    expect(await codeOf(past.plan(timeAt(62), { backupId: newer }))).toBe('RESTORE-WINDOW');
  });

  test.each([
    ['before every backup', timeAt(20), 'nearestAfter'],
    ['in the future', timeAt(13 * 3_600), 'nearestBefore'],
  ])('fails when it is %s', async (_, target, detail) => {
    const refusal = await refusalOf((await busyStore()).plan(target));
    expect(refusal.code).toBe('RESTORE-WINDOW');
    expect(refusal.details[detail]).toEqual(expect.any(String));
  });

  test('fails when it is behind a gap, also behind a damaged segment', async () => {
    const past = await busyStore();
    await past.segment(7, [{ commit: 700, at: 70 }]);
    expect(await codeOf(past.plan(timeAt(62)))).toBe('RESTORE-WINDOW');
    expect((await past.plan(timeAt(52))).stopAt.kind).toBe('time');

    const damaged = await busyStore();
    const { store, lineage } = damaged.archive;
    const key = lineage.keys.wal(segment(6));
    await store.putIfAbsent(key, Buffer.from('x'), { plainSha256: '0', epoch: 1 });
    const refusal = await refusalOf(damaged.plan(timeAt(62)));
    expect(refusal).toMatchObject({ code: 'RESTORE-WINDOW' });
    expect(refusal.message).toContain(segment(6));
    expect((await damaged.plan(timeAt(52))).stopAt.kind).toBe('time');
  });
});

/** Timeline 1 was left at 0/400000 when it had reached 55; timeline 2 goes on from there at 60. */
async function branchedStore(writer = 2): Promise<RecoveryStore> {
  const past = await busyStore();
  await past.branch(2, 1, lsnAt(4));
  await past.segment(4, [{ commit: 400, at: 60 }], { timeline: 2 });
  await past.segment(5, [{ commit: 500, at: 65 }], { timeline: 2 });
  for (let epoch = 1; epoch <= writer; epoch += 1) await past.writer(epoch);
  return past;
}

describe('a target by time on several timelines', () => {
  test('before the branch, and after all that was left behind, follows the writer', async () => {
    const past = await branchedStore();
    expect(await past.plan(timeAt(32))).toMatchObject({ timeline: 2, stopAt: { kind: 'time' } });
    expect(await past.plan(timeAt(62))).toMatchObject({ timeline: 2, stopAt: { kind: 'time' } });
    expect(await past.plan(timeAt(70))).toMatchObject({ timeline: 2, stopAt: { kind: 'latest' } });
  });

  test('fails on an abandoned stretch, and names it', async () => {
    const past = await branchedStore();
    const refusal = await refusalOf(past.plan(timeAt(47)));
    expect(refusal).toMatchObject({ code: 'RESTORE-TARGET', details: { timelines: '1, 2' } });
    expect(refusal.message).toContain('2026-11-22T00:00:40.000789Z to 2026-11-22T00:00:55.000Z');
    expect(refusal.hint).toContain('--timeline 1');
    const [first, second] = [
      await past.plan(timeAt(47), { timeline: 1 }),
      await past.plan(timeAt(47), { timeline: 2 }),
    ];
    expect([first.timeline, first.segments.at(-1)]).toEqual([
      1,
      { timeline: 1, first: 2n, last: 5n },
    ]);
    expect([second.timeline, second.segments.at(-1)]).toEqual([
      2,
      { timeline: 2, first: 4n, last: 4n },
    ]);
  });

  test('fails when two timelines have commits around it, and names both', async () => {
    const past = await branchedStore();
    await past.segment(6, [{ commit: 600, at: 70 }]);
    const { code, message } = await refusalOf(past.plan(timeAt(62)));
    expect(code).toBe('RESTORE-TARGET');
    expect(message).toContain('on timeline 1 with commits of');
    expect(message).toContain('on timeline 2 with commits of');
    expect((await past.plan(timeAt(62), { timeline: 2 })).timeline).toBe(2);
  });

  test('knows a timeline that died when the writer went back', async () => {
    const past = await branchedStore();
    await past.writer(1);
    await past.segment(6, [{ commit: 600, at: 70 }]);
    const { code, details } = await refusalOf(past.plan(timeAt(62)));
    expect([code, details['timelines']]).toEqual(['RESTORE-TARGET', '2, 1']);
    expect((await past.plan(timeAt(47))).timeline).toBe(1);
    expect((await past.plan('latest')).timeline).toBe(1);
  });

  test('asks for nothing when nothing was committed behind the branch', async () => {
    const past = await newRecoveryStore();
    await past.segment(2, [{ commit: 1, at: 20 }]);
    await past.backup(2, 19);
    await past.segment(3);
    await past.branch(2, 1, lsnAt(3));
    await past.segment(3, [{ commit: 2, at: 40 }], { timeline: 2 });
    await past.writer(2);
    expect((await past.plan(timeAt(30))).timeline).toBe(2);
  });
});
