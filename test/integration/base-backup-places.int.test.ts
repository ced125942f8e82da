import { readdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

describe('a server whose files are not where one expects them', () => {
  let cluster: ArchivedCluster;
  let data: string;
  let elsewhere: string;
  let backup: BackupRecord;

  /** Moves a file or directory of the stopped server away and leaves a link. */
  async function replaceByLink(name: string): Promise<void> {
    await rename(join(data, name), join(elsewhere, name));
    await symlink(join(elsewhere, name), join(data, name));
  }

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    data = cluster.attached.dataDirectory;
    elsewhere = await cluster.makeFolder('elsewhere');
    await cluster.sql("ALTER SYSTEM SET allow_in_place_tablespaces = 'on'");
    await cluster.attached.stop();
    for (const name of ['pg_wal', 'pg_ident.conf', 'postgresql.conf']) await replaceByLink(name);
    await cluster.attached.start();
    await cluster.sql("CREATE TABLESPACE within LOCATION ''");
    await cluster.sql(
      'CREATE TABLE facts TABLESPACE within AS SELECT generate_series(1, 500) AS id',
    );
    backup = await backUp(cluster);
    await cluster.sql('INSERT INTO facts VALUES (501)');
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  async function factsIn(result: RecoveryResult): Promise<string> {
    await using server = await startRecovered(cluster, result);
    return await server.run('psql', ['-XAtqc', 'SELECT count(*), max(id) FROM facts']);
  }

  test('is backed up, with a note of what was left out', () => {
    const [within, ...others] = backup.tablespaces;
    expect(others).toEqual([]);
    expect(within).toMatchObject({ name: 'within', location: `pg_tblspc/${within?.oid}` });
    expect(within?.bytes).toBeGreaterThan(500 * 28);
    expect([...backup.skipped].sort()).toEqual(['pg_ident.conf', 'postgresql.conf']);
  });

  test('is recovered into plain directories, with configuration to start from', async () => {
    await archiveAll(cluster);
    const target = join(await cluster.makeFolder('recovered'), 'data');
    const result = await recoverTo(cluster, 'latest', target);
    expect(await factsIn(result)).toBe('501|501');
    expect(result.notes.join()).toContain('the backup holds no postgresql.conf');
    expect(
      (await readdir(target, { withFileTypes: true })).filter((it) => it.isSymbolicLink()),
    ).toEqual([]);
    const [oid] = await readdir(join(target, 'pg_tblspc'));
    expect(oid).toBe(backup.tablespaces[0]?.oid);
  });

  test('is recovered over the creation of another such tablespace', async () => {
    await cluster.sql("CREATE TABLESPACE later LOCATION ''");
    await cluster.sql('CREATE TABLE more TABLESPACE later AS SELECT 5 AS id');
    await archiveAll(cluster);
    const target = join(await cluster.makeFolder('over'), 'data');
    const result = await recoverTo(cluster, 'latest', target);
    await using server = await startRecovered(cluster, result);
    expect(await server.run('psql', ['-XAtqc', 'SELECT id FROM more'])).toBe('5');
  });

  test('is not backed up when data lies behind a link that the server does not follow', async () => {
    await cluster.attached.stop();
    await replaceByLink('pg_xact');
    await cluster.attached.start();
    const keys = await cluster.keys();
    await expect(backUp(cluster)).rejects.toMatchObject({
      code: 'BACKUP-FAILED',
      message: expect.stringContaining('pg_xact'),
    });
    const records = (all: readonly string[]): string[] =>
      all.filter((key) => key.endsWith('/backup.json') && key.includes('/base/'));
    expect(records(await cluster.keys())).toEqual(records(keys));
  });
});
