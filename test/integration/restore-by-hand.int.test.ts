import { spawnSync } from 'node:child_process';
import { chown, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { shellBlocks } from '../support/markdown-commands.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

const PAGE = new URL('../../docs/restore-by-hand.md', import.meta.url);
const EVERY_ROW = 'SELECT * FROM life ORDER BY id';
const SCRIPT_TIMEOUT_MS = 60_000;

const canRun = hasZstd();

describe.skipIf(!canRun)(
  `restore by hand${canRun ? '' : ' IS NOT TESTED: apt-get install zstd'}`,
  () => {
    test('the commands of the page alone bring back every row, whenever it was written', async () => {
      await using cluster = await startProtectedCluster();
      const expected = await liveAndDie(cluster);
      const env = await placesFor(cluster);
      const sh = { env, extendEnv: false, cwd: '/', timeout: SCRIPT_TIMEOUT_MS, ...serverOwner() };
      try {
        const page = shellBlocks(await readFile(PAGE, 'utf8')).join('\n');
        const { stdout } = await execa('sh', ['-eu'], { ...sh, input: page });
        expect(stdout).toContain('restored_at');
        const psql = ['--host', env.SOCKET, '-XAtqd', 'postgres', '-c', EVERY_ROW];
        const { stdout: rows } = await execa('psql', psql, { ...sh, stdin: 'ignore' });
        expect(rows.split('\n')).toEqual(expected.split('\n'));
      } finally {
        const stop = ['stop', '--mode', 'immediate', '--pgdata', env.DATA];
        await execa('pg_ctl', stop, { ...sh, stdin: 'ignore', reject: false });
      }
    });
  },
);

/** In CI it must be there: a test that never runs proves nothing. */
function hasZstd(): boolean {
  if (spawnSync('zstd', ['--version'], { stdio: 'ignore' }).status === 0) return true;
  if (process.env['CI'] === 'true') {
    throw new Error('CI runs the page restore-by-hand, which needs zstd: apt-get install zstd');
  }
  return false;
}

/** Writes before, during and after a base backup, then loses the server; gives every row it had. */
async function liveAndDie(cluster: ProtectedCluster): Promise<string> {
  const agent = cluster.startAgent();
  const write = async (phase: string): Promise<string> =>
    cluster.sql(`INSERT INTO life (phase, text) SELECT '${phase}', md5(i::text)
      FROM generate_series(1, 500) i`);
  const location = join(cluster.directory, 'tablespace');
  await mkdir(location);
  const owner = serverOwner();
  if (owner !== undefined) await chown(location, owner.uid, owner.gid);
  await cluster.sql(`CREATE TABLESPACE fast LOCATION '${location}'`);
  await cluster.sql(`CREATE TABLE life (id bigserial, phase text, text text) TABLESPACE fast`);
  await cluster.sql('ALTER TABLE life ADD PRIMARY KEY (id)');
  await write('before');
  const over = new AbortController();
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const backup = cluster.holdfast(['backup', ...place]).finally(() => over.abort());
  while (!over.signal.aborted) await write('during');
  expect(await backup).toMatchObject({ exitCode: 0 });
  await write('after');
  await cluster.sql("UPDATE life SET text = 'changed' WHERE id % 7 = 0");
  await cluster.sql('DELETE FROM life WHERE id % 11 = 0');
  const rows = await cluster.sql(EVERY_ROW);
  for (const phase of ['before', 'during', 'after']) expect(rows).toContain(`|${phase}|`);
  await cluster.writeSegments(1);
  await cluster.drained();
  await agent.stop();
  await cluster.server.killNine();
  await rm(cluster.server.dataDirectory, { recursive: true });
  await rm(location, { recursive: true });
  return rows;
}

/** Where things are, for an account that is not root, as the page demands. */
async function placesFor(cluster: ProtectedCluster) {
  const { directory, instance, server, storeDirectory } = cluster;
  const DATA = join(directory, 'by-hand');
  const SOCKET = join(directory, 's');
  await mkdir(SOCKET);
  const owner = serverOwner();
  if (owner !== undefined) {
    const within = await readdir(storeDirectory, { recursive: true });
    for (const path of [SOCKET, storeDirectory, ...within.map((it) => join(storeDirectory, it))]) {
      await chown(path, owner.uid, owner.gid);
    }
  }
  return {
    PATH: `${instance.binDirectory}${delimiter}${process.env['PATH']}`,
    PGUSER: server.connection.user,
    STORE: storeDirectory,
    CLUSTER,
    DATA,
    TABLESPACES: join(directory, 'by-hand-tablespaces'),
    WAL: join(directory, 'by-hand-wal'),
    SOCKET,
  };
}
