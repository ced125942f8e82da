import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';
import { parseLsn, type Lsn } from '../../lib/core/wal/lsn.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { codeOf, refusalOf } from '../contract/store-helpers.ts';
import {
  archiveAll,
  backUp,
  planFrom,
  recoverTo,
  startRecovered,
} from '../support/recovery-cluster.ts';

const SEGMENT_BYTES = 1024 * 1024;
/** More than every recovering server has room for. */
const PREPARED = 1_050;
const RAISED = 1_100;
/** Fills the segment but for less than a commit with so many subtransactions takes: it crosses. */
const FILL = `DO $$
  DECLARE room int;
  BEGIN
    FOR n IN 1..400 LOOP
      BEGIN INSERT INTO filler VALUES (n); EXCEPTION WHEN division_by_zero THEN NULL; END;
    END LOOP;
    room := ${SEGMENT_BYTES} - (pg_current_wal_insert_lsn() - '0/0') % ${SEGMENT_BYTES};
    PERFORM pg_logical_emit_message(false, 'fill', repeat('x', room - room / 8192 * 24 - 600));
  END $$`;

/** Targets that are placed before anything is downloaded; every recovery stops exactly there. */
describe('recover to a target that the index places', () => {
  let cluster: ArchivedCluster;
  const xids = { prepared: '', rolledBack: '', aborted: '', crossing: '' };
  let crossingFrom: Lsn;

  /** The words in the recovered database. */
  const wordsAfter = async (target: string, choices: RecoveryChoices = {}): Promise<string> => {
    const folder = await cluster.makeFolder(`${target.replaceAll(/\W/g, '')}${choices.exclusive}`);
    const result = await recoverTo(cluster, target, join(folder, 'data'), choices);
    await using server = await startRecovered(cluster, result);
    return await server.run('psql', [
      '-XAtqc',
      "SELECT string_agg(word, ' ' ORDER BY n) FROM words",
    ]);
  };

  beforeAll(async () => {
    cluster = await startArchivedCluster({ max_prepared_transactions: '2' });
    const run = async (text: string): Promise<readonly string[]> =>
      (await cluster.attached.run('psql', ['-XAtq'], { input: text })).trim().split('\n');
    await cluster.sql("CREATE TABLE words AS SELECT 0 AS n, 'base' AS word");
    await cluster.sql('CREATE TABLE filler (n int)');
    // In force with the next start, which comes after the backup.
    await cluster.sql(`ALTER SYSTEM SET max_prepared_transactions = ${RAISED}`);
    await backUp(cluster);
    const first = await run(`
      BEGIN; INSERT INTO words VALUES (1, 'prepared') RETURNING pg_current_xact_id();
      PREPARE TRANSACTION 'one';
      BEGIN; INSERT INTO words VALUES (2, 'never') RETURNING pg_current_xact_id();
      PREPARE TRANSACTION 'two';
      INSERT INTO words VALUES (3, 'before');
      COMMIT PREPARED 'one';
      ROLLBACK PREPARED 'two';
      INSERT INTO words VALUES (4, 'between');
      BEGIN; INSERT INTO words VALUES (5, 'never') RETURNING pg_current_xact_id(); ROLLBACK;
      INSERT INTO words VALUES (6, 'after');
      SELECT pg_create_restore_point('twice');`);
    [xids.prepared = '', xids.rolledBack = '', xids.aborted = ''] = first;
    const last = await run(`
      BEGIN; INSERT INTO words VALUES (7, 'crossing') RETURNING pg_current_xact_id();
      ${FILL}; SELECT pg_current_wal_insert_lsn(); COMMIT;
      INSERT INTO words VALUES (8, 'last');
      SELECT 1 FROM pg_create_restore_point('twice');`);
    xids.crossing = last[0] ?? '';
    crossingFrom = parseLsn(last[1] ?? '');
    await archiveAll(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  test('by a prepared transaction that was committed, and one that was rolled back', async () => {
    expect(await wordsAfter(`xid:${xids.prepared}`)).toBe('base prepared before');
    const { stopLsn } = await planFrom(cluster, `xid:${xids.rolledBack}`);
    expect(stopLsn).toBeGreaterThan(
      (await planFrom(cluster, `xid:${xids.prepared}`)).stopLsn ?? 0n,
    );
  });

  test('by a transaction that was aborted, just before its end', async () => {
    const target = `xid:${xids.aborted}`;
    expect(await wordsAfter(target, { exclusive: true })).toBe('base prepared before between');
  });

  test('by a transaction whose commit crosses into the next segment', async () => {
    const plan = await planFrom(cluster, `xid:${xids.crossing}`);
    const segmentOf = (lsn: Lsn): bigint => lsn / BigInt(SEGMENT_BYTES);
    expect(segmentOf((plan.stopLsn ?? 0n) - 1n)).toBe(segmentOf(crossingFrom) + 1n);
    expect(plan.segments.at(-1)?.last).toBe(segmentOf(crossingFrom) + 1n);
    expect(await wordsAfter(`xid:${xids.crossing}`)).toBe(
      'base prepared before between after crossing',
    );
  });

  test('refuses a name that is used twice, and what is nowhere, before anything is fetched', async () => {
    const twice = await refusalOf(planFrom(cluster, 'name:twice'));
    expect(twice).toMatchObject({ code: 'RESTORE-TARGET' });
    const lsns = twice.message.match(/\bat \d+\/[0-9A-F]+/g) ?? [];
    expect(lsns).toHaveLength(2);
    expect((await planFrom(cluster, lsns[0]?.slice(3) ?? '')).stopAt.kind).toBe('lsn');
    expect(await codeOf(planFrom(cluster, 'xid:4000000000'))).toBe('RESTORE-TARGET');
    expect(await codeOf(planFrom(cluster, 'name:nowhere'))).toBe('RESTORE-TARGET');
  });

  test('with room for what a server prepared that was started with a higher limit since', async () => {
    await cluster.attached.restart();
    const prepared = Array.from(
      { length: PREPARED },
      (_, n) => `BEGIN; PREPARE TRANSACTION '${n}';`,
    );
    await cluster.attached.run('psql', ['-XAtq'], { input: prepared.join('\n') });
    await archiveAll(cluster);
    const plan = await planFrom(cluster, 'latest');
    expect(plan.limits).toMatchObject({ max_prepared_transactions: RAISED });
    const folder = await cluster.makeFolder('raised');
    const result = await recoverTo(cluster, 'latest', join(folder, 'data'));
    await using server = await startRecovered(cluster, result);
    const count = await server.run('psql', ['-XAtqc', 'SELECT count(*) FROM pg_prepared_xacts']);
    expect(count).toBe(String(PREPARED));
  });
});
