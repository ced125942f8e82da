import { chown, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { PgWalDirectory } from '../../lib/core/adapters/wal/pg-wal-directory.ts';
import { archiveCommand } from '../../lib/core/init/archive-command.ts';
import { currentWriter } from '../../lib/core/store/writer-epoch.ts';
import {
  type HoldfastEnding,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { readStoredWal, storedKeys } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const WRITE_SEGMENT =
  "SELECT pg_logical_emit_message(false, 'test', repeat(md5(random()::text), 999)), pg_switch_wal()";

async function run(server: AttachedServer, statement: string): Promise<string> {
  return server.run('psql', ['-XAtq', '-c', statement]);
}

function reason({ exitCode, stderr }: HoldfastEnding): unknown {
  return { exitCode, code: /ERROR ([A-Z]+-[A-Z]+)/.exec(stderr)?.[1] };
}

/** What `holdfast agent` says of another data directory or spool, within this cluster's store. */
async function agentOn(dataDirectory: string, spool: string): Promise<HoldfastEnding> {
  const place = ['--data-dir', dataDirectory, '--spool', spool];
  return cluster.holdfast(['agent', ...cluster.agentWords(), ...place]);
}

async function makeSpool(name: string, dataDirectory: string): Promise<string> {
  const path = join(cluster.directory, name);
  const { systemIdentifier } = await cluster.instance.controlData(dataDirectory);
  const archive = { cluster: 'orders', storeUrl: cluster.store.url };
  await folderSpoolMaker.make({ path, dataDirectory, systemIdentifier, archive });
  return path;
}

/** Makes the server archive by the script in `spool`, from now on. */
async function archiveBy(server: AttachedServer, spool: string): Promise<void> {
  await run(server, `ALTER SYSTEM SET archive_command = $$${archiveCommand(spool)}$$`);
  await run(server, 'SELECT pg_reload_conf()');
}

describe('a second server of another system', () => {
  let other: AttachedServer;
  beforeAll(async () => {
    other = await createThrowawayServer(cluster.instance, {
      directory: join(cluster.directory, 'other'),
      settings: { archive_mode: 'on' },
      walSegmentMegabytes: 1,
    });
  });
  afterAll(async () => {
    await other.killNine();
    await other[Symbol.asyncDispose]();
  });

  test('given the spool of the first, has its WAL neither acknowledged nor lost', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    await archiveBy(other, cluster.spool);
    const wal = new PgWalDirectory(other.dataDirectory);
    // Both servers are of the same age, so the same names come up in both.
    await cluster.writeSegments(3);
    await run(other, WRITE_SEGMENT);
    await run(other, WRITE_SEGMENT);
    await cluster.writeSegments(3);
    await cluster.drained();
    const waiting = await wal.ready();
    const failed = await until('the other archiver has failed', async () => {
      return Number(await run(other, 'SELECT failed_count FROM pg_stat_archiver')) > 0;
    });
    expect(failed).toBe(true);
    expect(await run(other, 'SELECT archived_count FROM pg_stat_archiver')).toBe('0');
    expect(await wal.ready()).toEqual(expect.arrayContaining([...waiting]));
    expect((await readStoredWal(cluster)).different).toEqual([]);
    expect(reason(await agentOn(other.dataDirectory, cluster.spool))).toEqual({
      exitCode: 49,
      code: 'WAL-SPOOL',
    });
    await agent.stop();
    // Nor when nobody holds the spool.
    expect(reason(await agentOn(other.dataDirectory, cluster.spool))).toEqual({
      exitCode: 49,
      code: 'WAL-SPOOL',
    });
  });

  test('is refused by the store before one byte is stored', async () => {
    const spool = await makeSpool('other-spool', other.dataDirectory);
    const before = await storedKeys(cluster);
    expect(reason(await agentOn(other.dataDirectory, spool))).toEqual({
      exitCode: 47,
      code: 'WAL-IDENTITY',
    });
    expect(await storedKeys(cluster)).toEqual(before);
  });
});

describe('a clone of the data directory', () => {
  test('is fenced; with --take-over it is the writer, and the former one ends at its next segment', async () => {
    const former = cluster.startAgent();
    await former.logged('agent.started');
    await cluster.writeSegments(2);
    await cluster.drained();
    await cluster.server.stop();
    const dataDirectory = join(cluster.directory, 'clone');
    await cp(cluster.server.dataDirectory, dataDirectory, { recursive: true });
    await copyOwner(cluster.server.dataDirectory, dataDirectory);
    await cluster.server.start();
    await former.logged('wal.spool.emptied');
    const spool = await makeSpool('clone-spool', dataDirectory);

    const before = await storedKeys(cluster);
    expect(reason(await agentOn(dataDirectory, spool))).toEqual({
      exitCode: 46,
      code: 'WAL-FENCED',
    });
    expect(await storedKeys(cluster)).toEqual(before);

    const place = ['--data-dir', dataDirectory, '--spool', spool];
    const taker = cluster.startAgent([...place, '--take-over']);
    await taker.logged('agent.started', { epoch: 2 });
    expect((await currentWriter(cluster.store, await cluster.lineage()))?.epoch).toBe(2);
    const logFile = join(cluster.directory, 'clone.log');
    await using clone = await attachServer(cluster.instance, { dataDirectory, logFile });
    await archiveBy(clone, spool);
    await run(clone, WRITE_SEGMENT);
    const last = await run(clone, 'SELECT pg_walfile_name(pg_switch_wal() - 1)');
    await taker.logged('wal.segment.archived', { wal_segment: last });

    await cluster.writeSegments(3);
    expect(await former.exited).toBe(46);
    expect((await readStoredWal(cluster)).segments.at(-1)).toBe(last);
    // Started again it is still fenced: only a human may say otherwise.
    expect(reason(await agentOn(cluster.server.dataDirectory, cluster.spool))).toEqual({
      exitCode: 46,
      code: 'WAL-FENCED',
    });
    await until('the clone has nothing to archive', async () => {
      return (await new PgWalDirectory(dataDirectory).ready()).length === 0;
    });
    expect(await taker.stop()).toBe(0);
  });
});

/** `cp` makes files of our own account. */
async function copyOwner(from: string, to: string): Promise<void> {
  const { uid, gid } = await stat(from);
  for (const path of ['.', ...(await readdir(to, { recursive: true }))]) {
    await chown(join(to, path), uid, gid);
  }
}
