import {
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { IN_PLACE_PROCESS, NODE } from '../support/checkout.ts';
import {
  backUpOnce,
  breakArchiving,
  crash,
  inPlaceWords,
  report,
  rollbackWords,
} from '../support/in-place-cluster.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

describe('a recovery in place with everything behind links, killed on its way', () => {
  let cluster: ProtectedCluster;
  let data: string;
  let elsewhere: string;

  beforeAll(async () => {
    cluster = await startProtectedCluster();
    data = cluster.server.dataDirectory;
    elsewhere = join(cluster.directory, 'elsewhere');
    const space = join(elsewhere, 'space');
    const owner = serverOwner();
    for (const folder of [elsewhere, space]) {
      await mkdir(folder, { mode: 0o700 });
      if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
    }
    await cluster.sql(`CREATE TABLESPACE apart LOCATION '${space}'`);
    await cluster.sql('CREATE TABLE facts TABLESPACE apart AS SELECT 1 AS id');
    await backUpOnce(cluster);
    await cluster.server.stop();
    for (const name of ['pg_wal', 'pg_hba.conf']) {
      await rename(join(data, name), join(elsewhere, name));
      await symlink(`../../elsewhere/${name}`, join(data, name));
    }
    await cluster.server.start();
    // Nobody ships: a server that stops would wait for its archive command.
    await breakArchiving(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  /** Runs `verb` until it kills itself after `step`. */
  async function dieAfter(step: string, verb: 'recover' | 'rollback'): Promise<void> {
    const { storeUrl, spool } = cluster;
    const words = [step, verb, storeUrl, CLUSTER, data, spool];
    const ending = await execa(NODE, [IN_PLACE_PROCESS, ...words], { cwd: '/', reject: false });
    expect({ step, signal: ending.signal, stderr: ending.stderr }).toMatchObject({
      signal: 'SIGKILL',
    });
  }

  const recoverAtLast = async (): Promise<string> =>
    (await report(cluster, [...inPlaceWords(cluster, 'latest'), '--execute'])).setAside;

  const rollBackAtLast = async (): Promise<unknown> =>
    report(cluster, [...rollbackWords(cluster), '--json']);

  const count = async (): Promise<number> =>
    Number(await cluster.sql('SELECT count(*) FROM facts'));

  /** Commits a row that only the unfinished segment has. */
  async function insertAndCrash(): Promise<number> {
    await cluster.sql('SET synchronous_commit = on; INSERT INTO facts VALUES (2)');
    const before = await count();
    await crash(cluster);
    return before;
  }

  test('comes through in the end with all that was committed, by the same command', async () => {
    const before = await insertAndCrash();
    const wal = join(elsewhere, 'pg_wal');
    for (const step of ['announced', `moved ${data}`, `moved ${wal}`, 'set aside']) {
      await dieAfter(step, 'recover');
    }
    for (const step of ['replayed', 'became the writer', 'recovered']) {
      await dieAfter(step, 'recover');
    }
    // As if it had died a moment before.
    const mark = join(elsewhere, 'space', 'holdfast-recovery.json');
    await writeFile(mark, '{}');
    const setAside = await recoverAtLast();
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readlink(join(setAside, 'pg_wal'))).toMatch(`${wal}.set-aside-`);
    expect(await readlink(join(data, 'pg_wal'))).toBe('../../elsewhere/pg_wal');
    expect(await readlink(join(data, 'pg_hba.conf'))).toBe('../../elsewhere/pg_hba.conf');
    const kept = (await readdir(dirname(data))).filter((name) => name.includes('set-aside'));
    expect(kept).toHaveLength(1);
    await cluster.server.start();
    expect(await count()).toBe(before);
  });

  test('and so does a rollback, after which the old server is as it was', async () => {
    const before = await count();
    await cluster.sql('INSERT INTO facts VALUES (3)');
    await cluster.server.stop();
    for (const step of ['announced', 'became the writer', `moved ${data}`]) {
      await dieAfter(step, 'rollback');
    }
    await rollBackAtLast();
    await cluster.server.start();
    expect(await count()).toBe(before);
    expect(await readlink(join(data, 'pg_wal'))).toBe('../../elsewhere/pg_wal');
    expect(await readdir(elsewhere)).toHaveLength(5);
  });

  test('is taken back by a rollback from wherever it died', async () => {
    const before = await insertAndCrash();
    for (const step of [`moved ${data}`, 'replayed']) {
      await dieAfter(step, 'recover');
      await rollBackAtLast();
    }
    await cluster.server.start();
    expect(await count()).toBe(before);
  });
});
