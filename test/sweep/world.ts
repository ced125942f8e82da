import { chown, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { startAgentProcess } from '../support/agent-process.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { until } from '../support/until.ts';
import { CLUSTER, LIFE, type Place, waitingIn } from './place.ts';

/** A protected server with a backup, WAL after it, and what else commands are swept on. */
export interface SweepWorld extends AsyncDisposable {
  readonly major: number;
  /** Where the server and its agent work: backups are taken from it, recoveries made of it. */
  readonly live: Place;
  /** A data directory without a server, whose WAL waits, and a store that has none of it. */
  readonly still: Place;
}

const SETTINGS = { wal_keep_size: '256MB', autovacuum: 'off', shared_buffers: '16MB' };
/** Two databases less in every backup. Nobody makes another from them here. */
const DROP_TEMPLATES = [
  'UPDATE pg_database SET datistemplate = false',
  'DROP DATABASE template0',
  'DROP DATABASE template1',
];
const SEGMENTS = 3;
/** What a data directory must have for its WAL to be shipped. */
const SHIPPED_FROM = ['PG_VERSION', 'global', 'pg_wal'];

/** Makes a world. Everything goes when it is disposed. */
export async function createSweepWorld(): Promise<SweepWorld> {
  await using cleanup = new AsyncDisposableStack();
  const instance = await findPostgres();
  const root = await mkdtemp(join(tmpdir(), 'holdfast-sweep-'));
  cleanup.defer(async () => rm(root, { recursive: true, force: true, maxRetries: 9 }));
  const owner = serverOwner();
  if (owner !== undefined) await chown(root, owner.uid, owner.gid);
  const server = await createThrowawayServer(instance, {
    directory: join(root, 'server'),
    settings: SETTINGS,
    walSegmentMegabytes: 1,
  });
  cleanup.defer(async () => {
    await server.killNine();
    await server[Symbol.asyncDispose]();
  });
  const live = placeIn(root, 'live', server.dataDirectory, libpqEnvironment(server.connection));
  await mkdir(live.storeDirectory, { recursive: true, mode: 0o700 });
  if (owner !== undefined) await chown(join(root, 'live'), owner.uid, owner.gid);
  await holdfast(live, ['init', '--archive-timeout', '86400']);
  await server.restart();
  const agent = startAgentProcess({
    words: [HOLDFAST, 'agent', ...words(live), '--data-dir', live.dataDirectory],
    logFile: join(root, 'agent.log'),
  });
  cleanup.defer(async () => agent.killNine());
  for (const statement of DROP_TEMPLATES) await sql(server, statement);
  await sql(server, 'CREATE TABLE facts AS SELECT generate_series(1, 1000) AS fact');
  await holdfast(live, ['backup']);
  await sql(
    server,
    `INSERT INTO facts SELECT generate_series(1, 1000);
     SELECT pg_switch_wal(), pg_logical_emit_message(false, 'sweep', 'x') FROM generate_series(1, ${SEGMENTS})`,
  );
  await sql(server, 'INSERT INTO facts VALUES (0); SELECT pg_switch_wal()');
  await until('all is archived', async () => (await waitingIn(live.dataDirectory)).length === 0);
  const still = await makeStill(root);
  const owned = cleanup.move();
  return {
    major: instance.major,
    live,
    still,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };

  async function makeStill(parent: string): Promise<Place> {
    const dataDirectory = join(parent, 'still', 'data');
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    for (const name of SHIPPED_FROM) {
      await execa('cp', ['-a', join(live.dataDirectory, name), dataDirectory]);
    }
    const status = join(dataDirectory, 'pg_wal', 'archive_status');
    for (const name of await readdir(status)) {
      await rename(join(status, name), join(status, name.replace(/\.done$/, '.ready')));
    }
    const lines = [LIFE.pid, dataDirectory, LIFE.born, 5432, '/tmp', '', '0 0', 'ready', ''];
    await writeFile(join(dataDirectory, 'postmaster.pid'), lines.join('\n'));
    if (owner !== undefined) {
      await execa('chown', ['-R', `${owner.uid}:${owner.gid}`, join(parent, 'still')]);
    }
    const [waiting = ''] = await waitingIn(dataDirectory);
    const place = { ...placeIn(parent, 'still', dataDirectory, {}), waiting };
    await mkdir(place.storeDirectory, { mode: 0o700 });
    const store = await openObjectStore(pathToFileURL(place.storeDirectory));
    const { systemIdentifier, segmentBytes } = await instance.controlData(dataDirectory);
    const identity = { cluster: CLUSTER, systemIdentifier, major: instance.major, segmentBytes };
    await claimLineage(store, { ...identity, createdAt: new Date() });
    const archive = { cluster: CLUSTER, storeUrl: store.url };
    await folderSpoolMaker.make({ path: place.spool, dataDirectory, systemIdentifier, archive });
    for (const path of [place.storeDirectory, place.spool]) {
      await execa('cp', ['-a', path, `${path}.start`]);
    }
    return place;
  }
}

async function sql(server: AttachedServer, statement: string): Promise<string> {
  return server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
}

function placeIn(
  root: string,
  name: string,
  dataDirectory: string,
  server: Readonly<Record<string, string>>,
): Place {
  const at = (entry: string): string => join(root, name, entry);
  return {
    root,
    storeDirectory: at('store'),
    spool: at('spool'),
    dataDirectory,
    target: join(root, 'recovered'),
    waiting: '',
    server: { ...server },
  };
}

function words({ storeDirectory, spool }: Place): readonly string[] {
  const url = pathToFileURL(storeDirectory).href;
  return ['--store', url, '--cluster', CLUSTER, '--spool', spool];
}

async function holdfast(place: Place, [verb = '', ...more]: readonly string[]): Promise<void> {
  const where = verb === 'init' ? words(place) : words(place).slice(0, -2);
  await execa(NODE, [HOLDFAST, verb, ...where, ...more], {
    cwd: '/',
    env: place.server,
    stdin: 'ignore',
  });
}
