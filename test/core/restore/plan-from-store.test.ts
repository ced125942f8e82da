import { describe, expect, test } from 'vitest';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { formatLsn } from '../../../lib/core/wal/lsn.ts';
import { formatMicros } from '../../../lib/core/wal/micros.ts';
import { codeOf, plainPut } from '../../contract/store-helpers.ts';
import { lsnAt, segment } from '../../support/wal-fixture.ts';
import { newRecoveryStore, timeAt } from './plan/recovery-store.ts';

describe('planFromStore', () => {
  test('plans the same without indexes, and with damaged ones', async () => {
    const plans = [];
    for (const damage of ['none', 'missing', 'torn'] as const) {
      const past = await newRecoveryStore();
      const { store, lineage } = past.archive;
      for (const number of [2, 3, 4]) {
        const events = [
          { commit: number, at: 10 * number },
          { point: `p${number}`, at: 10 * number + 1 },
        ];
        await past.segment(number, events, { isIndexed: damage === 'none' });
        const torn = Buffer.from('{');
        const key = lineage.keys.walIndex(segment(number));
        if (damage === 'torn') await store.putIfAbsent(key, torn, plainPut(torn));
      }
      await past.backup(2, 19);
      const targets = [timeAt(35), 'xid:3', 'name:p3', '0/300100', 'latest', 'immediate'];
      const planned = [];
      for (const target of targets) {
        const { stopLsn, segments, notes } = await past.plan(target);
        planned.push([target, stopLsn, segments]);
        expect(notes.join()).toMatch(
          damage === 'none' ? /^(?!.*no index)/ : /\d segments? ha(s|ve) no index/,
        );
      }
      plans.push(planned);
    }
    const [whole, missing, torn] = plans;
    expect(missing).toEqual(whole);
    expect(torn).toEqual(whole);
  });

  test('names the tablespaces that replay would create, up to its stop', async () => {
    const past = await newRecoveryStore();
    await past.segment(1, [{ tablespace: '/before' }]);
    const [first] = await past.segment(2, [{ tablespace: '/one' }, { commit: 12, at: 20 }]);
    await past.segment(3, [{ commit: 13, at: 30 }, { tablespace: '/two' }]);
    await past.segment(4, [{ commit: 14, at: 40 }]);
    await past.backup(2, 19);
    const locations = async (target: string): Promise<readonly string[]> =>
      (await past.plan(target)).createdTablespaces.map(({ location }) => location);
    expect((await past.plan('xid:12')).createdTablespaces).toEqual([
      { oid: '16400', location: '/one', lsn: first?.lsn },
    ]);
    expect(await locations('xid:13')).toEqual(['/one']);
    expect(await locations(timeAt(35))).toEqual(['/one', '/two']);
    expect(await locations('latest')).toEqual(['/one', '/two']);
  });

  test('does not count on what comes behind the stop of the backup, for immediate', async () => {
    const past = await newRecoveryStore();
    await past.segment(2, [{ limits: [200, 8, 10, 0, 64] }, { tablespace: '/behind' }]);
    await past.segment(3, [{ tablespace: '/far behind' }, { commit: 13, at: 30 }]);
    await past.backup(2, 19);
    expect(await past.plan('immediate')).toMatchObject({ createdTablespaces: [], limits: {} });
    await past.backup(2, 25, { stop: 3 });
    const { createdTablespaces } = await past.plan('immediate');
    expect(createdTablespaces.map(({ location }) => location)).toEqual(['/behind']);
  });

  test('gives the highest limits that servers were started with, up to its stop', async () => {
    const past = await newRecoveryStore();
    await past.segment(1, [{ limits: [9999, 99, 99, 99, 99] }]);
    await past.segment(2, [{ limits: [500, 8, 10, 0, 64] }, { commit: 12, at: 20 }]);
    await past.segment(3, [{ limits: [100, 16, 10, 5, 64] }, { commit: 13, at: 30 }]);
    await past.backup(2, 19);
    const rest = { max_wal_senders: 10, max_locks_per_transaction: 64 };
    expect((await past.plan('xid:12')).limits).toEqual({
      ...rest,
      max_connections: 500,
      max_worker_processes: 8,
      max_prepared_transactions: 0,
    });
    expect((await past.plan('latest')).limits).toEqual({
      ...rest,
      max_connections: 500,
      max_worker_processes: 16,
      max_prepared_transactions: 5,
    });
  });

  test('knows when the transaction ended with whose end an LSN stops', async () => {
    const past = await newRecoveryStore();
    const [first, second] = await past.segment(2, [
      { commit: 12, at: 20 },
      { abort: 13, at: 30 },
      { point: 'here', at: 40 },
    ]);
    await past.backup(2, 19);
    const stopTime = async (lsn = 0n, exclusive = false): Promise<string | undefined> => {
      const plan = await past.plan(formatLsn(lsn), { exclusive });
      return plan.stopTime === undefined ? undefined : formatMicros(plan.stopTime);
    };
    expect(await stopTime(first?.lsn)).toContain('00:00:20.000789');
    expect(await stopTime(second?.lsn)).toContain('00:00:30.000789');
    expect(await stopTime(second?.lsn, true)).toBeUndefined();
    expect(await stopTime(second?.endLsn)).toBeUndefined();
  });

  test('does not know where latest will stop, because more may be archived', async () => {
    const past = await newRecoveryStore();
    await past.segment(2, [{ commit: 2, at: 20 }]);
    await past.backup(2, 19);
    expect((await past.plan('latest')).stopLsn).toBeUndefined();
  });

  test('passes over a timeline whose history is damaged, and says so', async () => {
    const past = await newRecoveryStore();
    const { store, lineage } = past.archive;
    await past.segment(2, [{ commit: 2, at: 20 }]);
    await past.backup(2, 19);
    const garbage = Buffer.from('garbage');
    await putSealed(store, lineage.keys.wal('00000002.history'), garbage, { epoch: 1 });
    expect((await past.plan('latest')).timeline).toBe(1);
    expect(past.notes.join()).toContain('timeline 2');
    expect(await codeOf(past.plan('latest', { timeline: 2 }))).toBe('RESTORE-TARGET');
    await past.writer(2);
    expect(await codeOf(past.plan('latest'))).toBe('RESTORE-TARGET');
    expect((await past.plan('latest', { timeline: 1 })).timeline).toBe(1);
  });

  test('reaches a point on timeline 1 after 2 and 3 were begun', async () => {
    const past = await newRecoveryStore();
    for (const number of [2, 3, 4]) await past.segment(number, [{ commit: number, at: number }]);
    await past.backup(2, 1);
    await past.branch(2, 1, lsnAt(4));
    await past.segment(4, [{ commit: 10, at: 50 }], { timeline: 2 });
    await past.branch(3, 2, lsnAt(5));
    await past.segment(5, [{ commit: 20, at: 60 }], { timeline: 3 });
    for (const timeline of [1, 2, 3]) await past.writer(timeline);
    expect((await past.plan('latest')).segments).toEqual([
      { timeline: 1, first: 2n, last: 3n },
      { timeline: 2, first: 4n, last: 4n },
      { timeline: 3, first: 5n, last: 5n },
    ]);
    const early = await past.plan(timeAt(3, 0));
    expect([early.timeline, early.segments]).toEqual([3, [{ timeline: 1, first: 2n, last: 3n }]]);
    const first = await past.plan('latest', { timeline: 1 });
    expect(first.segments).toEqual([{ timeline: 1, first: 2n, last: 4n }]);
  });

  test('fails when the backup is unknown', async () => {
    const past = await newRecoveryStore();
    expect(await codeOf(past.plan('latest', { backupId: 'x' }))).toBe('CATALOG-BACKUP');
  });
});
