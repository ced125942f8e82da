import { access, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOpsError, type OpsError } from '../../lib/core/errors/ops-error.ts';
import { treeHash } from '../bin/cli/tree-hash.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

const COUNTS = `SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM far)`;
const FACTS = 300;
const FAR_ROWS = 5_000;

describe('a tablespace that was created after the backup, on the machine of its live server', () => {
  let cluster: ArchivedCluster;
  let location: string;

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql("ALTER SYSTEM SET autovacuum = 'off'");
    await cluster.attached.restart();
    await cluster.sql('CREATE TABLE facts (id int)');
    await backUp(cluster);
    await cluster.sql(`INSERT INTO facts SELECT generate_series(1, ${FACTS})`);
    location = await cluster.makeFolder('a "fast" disk');
    await cluster.sql(`CREATE TABLESPACE fast LOCATION '${location}'`);
    await cluster.sql('CREATE TABLE far (id int) TABLESPACE fast');
    await cluster.sql(`INSERT INTO far SELECT generate_series(1, ${FAR_ROWS})`);
    await cluster.sql('VACUUM (FREEZE) far');
    await cluster.sql('CREATE DATABASE elsewhere TABLESPACE fast');
    await cluster.sql('CHECKPOINT');
    await archiveAll(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  async function failure(dataDirectory: string): Promise<OpsError> {
    const error: unknown = await recoverTo(cluster, 'latest', dataDirectory).catch(
      (reason: unknown) => reason,
    );
    if (isOpsError(error)) return error;
    throw new Error('the recovery did not fail as it should', { cause: error });
  }

  test('ends the recovery before anything at its location is changed', async () => {
    const before = await treeHash(location);
    const dataDirectory = join(await cluster.makeFolder('refused'), 'data');
    for (const attempt of ['first', 'second']) {
      const error = await failure(dataDirectory);
      expect([attempt, error.code]).toEqual([attempt, 'BACKUP-TABLESPACE']);
      expect(error.message).toContain(location);
      expect(error.message).toContain('could not create symbolic link');
      await access(join(dataDirectory, 'recovery.signal'));
      const wal = await readdir(join(dataDirectory, 'pg_wal'));
      expect(wal.filter((name) => name.endsWith('.history'))).toEqual([]);
      expect(await treeHash(location)).toBe(before);
    }
    await cluster.attached.restart();
    expect(await cluster.sql(COUNTS)).toBe(`${FACTS}|${FAR_ROWS}`);
    expect(await cluster.sql('SELECT sum(id) FROM far')).toBe('12502500');
  });

  test('is not met by a recovery that ends where the failure said', async () => {
    const before = await treeHash(location);
    const { details } = await failure(join(await cluster.makeFolder('asked'), 'data'));
    const dataDirectory = join(await cluster.makeFolder('before'), 'data');
    const result = await recoverTo(cluster, String(details['lsn']), dataDirectory, {
      exclusive: true,
    });
    expect((await stat(join(dataDirectory, 'pg_tblspc'))).mode & 0o777).toBe(0o700);
    await using server = await startRecovered(cluster, result);
    const query = async (text: string): Promise<string> => server.run('psql', ['-XAtqc', text]);
    expect(await query('SELECT count(*) FROM facts')).toBe(String(FACTS));
    expect(await query("SELECT count(*) FROM pg_tablespace WHERE spcname = 'fast'")).toBe('0');
    expect(await query('SHOW max_logical_replication_workers')).toBe('0');
    expect(result.notes.join()).toContain('max_logical_replication_workers');
    expect(await treeHash(location)).toBe(before);
  });

  test('ends it as well when its location is gone', async () => {
    const gone = await startArchivedCluster();
    try {
      await gone.sql('CREATE TABLE facts (id int)');
      await backUp(gone);
      const place = await gone.makeFolder('gone');
      await gone.sql(`CREATE TABLESPACE fast LOCATION '${place}'`);
      await gone.sql('DROP TABLESPACE fast');
      await archiveAll(gone);
      await rmdir(place);
      const dataDirectory = join(await gone.makeFolder('refused'), 'data');
      await expect(recoverTo(gone, 'latest', dataDirectory)).rejects.toMatchObject({
        code: 'BACKUP-TABLESPACE',
        details: { location: place },
      });
    } finally {
      await gone[Symbol.asyncDispose]();
    }
  });
});
