import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

const ROWS = 'SELECT id FROM facts ORDER BY id';
const TIME = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

describe('recover to a point of a busy past', () => {
  let cluster: ArchivedCluster;
  let backup: BackupRecord;
  /** Number of facts at each point. */
  const seen = { backup: 0, time: 0, lsn: 0, name: 0, xid: 0, end: 0 };
  let [time, lsn, xid] = ['', '', ''];

  const addFacts = async (): Promise<number> => {
    for (let batch = 0; batch < 3; batch += 1) {
      await cluster.sql(
        `INSERT INTO facts SELECT (SELECT coalesce(max(id), 0) FROM facts) + n FROM generate_series(1, 400) n`,
      );
    }
    return Number(await cluster.sql('SELECT count(*) FROM facts'));
  };

  /** Gives where the record of its commit starts, which is what a target's LSN is compared with. */
  const addOneFact = async (): Promise<string> => {
    const before = await cluster.sql('SELECT pg_current_wal_insert_lsn()');
    const ownXid = await cluster.sql(
      'INSERT INTO facts SELECT max(id) + 1 FROM facts RETURNING pg_current_xact_id()',
    );
    const path = `--path=${join(cluster.attached.dataDirectory, 'pg_wal')}`;
    const only = ['--rmgr=Transaction', `--xid=${ownXid}`, '--limit=1'];
    const line = await cluster.attached.run('pg_waldump', [path, `--start=${before}`, ...only]);
    return /lsn: ([0-9A-F/]+), .* COMMIT /.exec(line)?.[1] ?? '';
  };

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql(
      'CREATE TABLE facts (id int PRIMARY KEY, filler text DEFAULT repeat(md5(random()::text), 8))',
    );
    await cluster.sql("ALTER SYSTEM SET synchronous_standby_names = ''");
    seen.backup = await addFacts();
    backup = await backUp(cluster);
    seen.time = await addFacts();
    time = await cluster.sql(TIME);
    seen.lsn = await addFacts();
    lsn = await addOneFact();
    seen.lsn += 1;
    seen.name = await addFacts();
    await cluster.sql("SELECT pg_create_restore_point('before the change')");
    await addFacts();
    xid = await cluster.sql('INSERT INTO facts VALUES (1000000) RETURNING pg_current_xact_id()');
    seen.xid = Number(await cluster.sql('SELECT count(*) FROM facts'));
    seen.end = await addFacts();
    await archiveAll(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  async function recovered(
    target: string,
    choices: RecoveryChoices = {},
  ): Promise<RecoveryResult & { rows: number }> {
    const result = await recoverTo(
      cluster,
      target,
      join(
        await cluster.makeFolder(`d${target.replaceAll(/\W/g, '')}${choices.exclusive ?? ''}`),
        'data',
      ),
      choices,
    );
    await using server = await startRecovered(cluster, result);
    const rows = await server.run('psql', ['-XAtq', '-c', ROWS]);
    const wanted = await cluster.sql(`${ROWS} LIMIT ${rows === '' ? 0 : rows.split('\n').length}`);
    expect(rows).toBe(wanted);
    return { ...result, rows: rows === '' ? 0 : rows.split('\n').length };
  }

  test('by time', async () => {
    const { rows, time: last, timeline, backupId } = await recovered(time);
    expect(rows).toBe(seen.time);
    expect(last?.getTime()).toBeLessThanOrEqual(new Date(time).getTime());
    expect(timeline).toBe(2);
    expect(backupId).toBe(backup.id);
  });

  test('by LSN of a commit, with and without it', async () => {
    expect((await recovered(lsn)).rows).toBe(seen.lsn);
    expect((await recovered(lsn, { exclusive: true })).rows).toBe(seen.lsn - 1);
  });

  test('by restore point', async () => {
    const { rows, backupId } = await recovered('name:before the change');
    expect([rows, backupId]).toEqual([seen.name, backup.id]);
  });

  test('by transaction, with and without it', async () => {
    const result = await recovered(`xid:${xid}`);
    const before = await recovered(`xid:${xid}`, { exclusive: true });
    expect([result.rows, before.rows]).toEqual([seen.xid, seen.xid - 1]);
  });

  test('to the latest commit, and to a time after it', async () => {
    const { rows, lsn: end, dataDirectory } = await recovered('latest');
    expect(rows).toBe(seen.end);
    const later = await recovered(await cluster.sql(TIME));
    expect([later.rows, formatLsn(later.lsn)]).toEqual([seen.end, formatLsn(end)]);

    const auto = await readFile(join(dataDirectory, 'postgresql.auto.conf'), 'utf8');
    expect(auto).toContain("archive_mode = 'off'");
    expect(await readdir(dataDirectory)).not.toContain('holdfast-recovery');
  });

  test('immediately', async () => {
    expect((await recovered('immediate')).rows).toBe(seen.backup);
  });
});
