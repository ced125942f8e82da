import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { ownerOf } from '../../lib/core/adapters/system/file-owner.ts';
import { createCli } from '../../bin/cli/cli.ts';
import { shippingDeps } from '../../bin/cli/shipping.ts';
import { openShipment } from '../../lib/core/wal/shipping/open-shipment.ts';
import { getSealed } from '../../lib/core/store/sealed-object.ts';
import { type ClaimGrounds, currentWriter } from '../../lib/core/store/writer-epoch.ts';
import {
  copyDataDirectory,
  type SecondServer,
  secondServer,
  signalFile,
} from '../support/data-directories.ts';
import {
  CLUSTER,
  type HoldfastEnding,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { offerFile } from '../support/pg-wal-files.ts';
import { readStoredWal, storedKeys } from '../support/stored-wal.ts';
import { recordingLog } from '../support/recording-log.ts';
import { until } from '../support/until.ts';

const WRITE = "SELECT pg_logical_emit_message(false, 'test', repeat(md5(random()::text), 999))";
const END = 'SELECT pg_walfile_name(pg_switch_wal() - 1)';

let cluster: ProtectedCluster;
let running: AttachedServer | undefined;

beforeAll(async () => {
  cluster = await startProtectedCluster();
  await rm(join(cluster.spool, 'one-shot'));
});
afterEach(async () => {
  // Nobody archives for it: it would wait for that.
  await running?.stop('immediate');
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});
afterAll(async () => {
  await cluster.server.stop('immediate');
  await cluster[Symbol.asyncDispose]();
});

async function sql(server: AttachedServer, statement: string): Promise<string> {
  return server.run('psql', ['-XAtq', '-c', statement]);
}

/** Ends `count` segments, once it writes; gives the name of the last. */
async function write(server: AttachedServer, count: number): Promise<string> {
  await until('the server writes', async () => {
    return (await sql(server, 'SELECT pg_is_in_recovery()')) === 'f';
  });
  let last = '';
  for (let turn = 0; turn < count; turn += 1) {
    await sql(server, WRITE);
    last = await sql(server, END);
  }
  return last;
}

async function agentOn({ place }: SecondServer, ...more: readonly string[]): Promise<unknown> {
  const words = ['agent', ...cluster.agentWords(), ...place, ...more];
  const { exitCode, stderr }: HoldfastEnding = await cluster.holdfast(words);
  return { exitCode, code: /ERROR ([A-Z]+-[A-Z]+)/.exec(stderr)?.[1] };
}

async function clone(name: string): Promise<SecondServer> {
  await copyDataDirectory(cluster.server.dataDirectory, join(cluster.directory, name));
  return secondServer(cluster, name);
}

/** Takes the archive over for whoever's agent the options make, and leaves it there. */
async function takeOver(server: SecondServer, timeline: number): Promise<void> {
  const agent = cluster.startAgent([...server.place, '--take-over']);
  await agent.logged('agent.started', { timeline });
  const last = running === undefined ? undefined : await write(running, 2);
  if (last !== undefined) await agent.logged('wal.segment.archived', { wal_segment: last });
  expect(await agent.stop()).toBe(0);
}

/** What the agent would do first, on a machine of this id. */
async function openOn(
  machine: string,
  { dataDirectory, spool }: { readonly dataDirectory: string; readonly spool: string },
  grounds?: ClaimGrounds,
): Promise<number> {
  const { env, stdout, stderr } = process;
  const { signal } = new AbortController();
  const cli = createCli({ env, stdout, stderr, program: HOLDFAST, signal }, false);
  const place = { store: cluster.storeUrl, cluster: CLUSTER, dataDir: dataDirectory, spool };
  const deps = await shippingDeps(place, cli);
  const self = { ...(await deps.self()), instance: `machine:${machine}` };
  const { claim } = await openShipment(
    { ...deps, log: recordingLog(), self: async () => self },
    { grounds },
  );
  return claim.epoch;
}

describe('the volume of the writer, attached to another machine', () => {
  test('is fenced, but goes on by its boot; so it does when it comes back', async () => {
    const first = cluster.startAgent();
    await first.logged('agent.started', { epoch: 1 });
    await cluster.writeSegments(1);
    await cluster.drained();
    expect(await first.stop()).toBe(0);
    const place = { dataDirectory: cluster.server.dataDirectory, spool: cluster.spool };
    const before = await storedKeys(cluster);
    await expect(openOn('b', place)).rejects.toMatchObject({ code: 'WAL-FENCED' });
    expect(await storedKeys(cluster)).toEqual(before);
    expect(await openOn('b', place, 'boot')).toBe(2);
    const back = cluster.startAgent(['--boot']);
    await back.logged('agent.started', { epoch: 3 });
    await cluster.writeSegments(1);
    await cluster.drained();
    expect(await back.stop()).toBe(0);
  });
});

describe('a clone on another host', () => {
  test('is refused before one byte is stored, a boot and a take-over included', async () => {
    const agent = cluster.startAgent();
    await cluster.server.stop();
    const copy = await clone('moved');
    await cluster.server.start();
    await cluster.writeSegments(2);
    await cluster.drained();
    const before = await storedKeys(cluster);
    const open = async (grounds?: ClaimGrounds): Promise<unknown> => openOn('b', copy, grounds);
    await expect(open()).rejects.toMatchObject({ code: 'WAL-FENCED' });
    await expect(open('boot')).rejects.toMatchObject({ code: 'WAL-FENCED' });
    await expect(open('take-over')).rejects.toMatchObject({ code: 'WAL-DIVERGED' });
    expect(await storedKeys(cluster)).toEqual(before);
    expect(await agent.stop()).toBe(0);
  });
});

describe('a clone on the same host', () => {
  test('is refused --take-over before one byte is stored when the former has gone on', async () => {
    const agent = cluster.startAgent();
    await cluster.writeSegments(2);
    await cluster.drained();
    await cluster.server.stop();
    const copy = await clone('clone');
    await cluster.server.start();
    await cluster.writeSegments(2);
    await cluster.drained();
    const before = await storedKeys(cluster);
    expect(await agentOn(copy)).toEqual({ exitCode: 46, code: 'WAL-FENCED' });
    expect(await agentOn(copy, '--boot')).toEqual({ exitCode: 46, code: 'WAL-FENCED' });
    expect(await agentOn(copy, '--take-over')).toEqual({ exitCode: 53, code: 'WAL-DIVERGED' });
    running = await copy.start();
    await write(running, 6);
    await sql(running, 'CHECKPOINT');
    expect(await agentOn(copy, '--take-over')).toEqual({ exitCode: 53, code: 'WAL-DIVERGED' });
    expect(await storedKeys(cluster)).toEqual(before);
    expect(await agent.stop()).toBe(0);
  });
});

describe('two recoveries that choose the same timeline number', () => {
  test('the second is refused before one byte is stored, also when it has gone further', async () => {
    await cluster.server.stop('immediate');
    const first = await recovery('first');
    const second = await recovery('second');
    running = await first.start(RECOVER);
    await takeOver(first, 2);
    await running.stop('immediate');
    running = await second.start(RECOVER);
    await write(running, 5);
    await sql(running, 'CHECKPOINT');
    const before = await storedKeys(cluster);
    expect(await agentOn(second)).toEqual({ exitCode: 46, code: 'WAL-FENCED' });
    expect(await agentOn(second, '--take-over')).toEqual({ exitCode: 53, code: 'WAL-DIVERGED' });
    expect(await storedKeys(cluster)).toEqual(before);
  });

  /** As a recovery by hand would: it cannot see what others have archived meanwhile. */
  const RECOVER = { restore_command: 'exit 1', recovery_target_timeline: 'current' };

  async function recovery(name: string): Promise<SecondServer> {
    const server = await clone(name);
    await signalFile(server.dataDirectory, 'recovery.signal');
    return server;
  }
});

describe('a promoted standby', () => {
  test('ships what it holds for done and nobody archived, once a human says so', async () => {
    await cluster.server.start();
    const dataDirectory = join(cluster.directory, 'standby');
    const owner = await ownerOf(cluster.server.dataDirectory);
    const copy = ['-D', dataDirectory, '-R', '-X', 'stream', '-c', 'fast'];
    await cluster.server.run('pg_basebackup', copy, { owner });
    const base = await cluster.sql('SELECT pg_walfile_name(redo_lsn) FROM pg_control_checkpoint()');
    const standby = await secondServer(cluster, 'standby');
    // Timeline 2 is taken; without restore_command PostgreSQL looks in pg_wal alone.
    const { keys } = await cluster.lineage();
    const { plain } = await getSealed(cluster.store, keys.wal('00000002.history'));
    await offerFile(dataDirectory, '00000002.history', plain, 'done');
    running = await standby.start({ recovery_target_timeline: 'current' });
    // The agent is away: the store gets none of these.
    const unarchived = await cluster.writeSegments(4);
    const lsn = await cluster.sql('SELECT pg_current_wal_lsn()');
    const following = running;
    await until('the standby has it all', async () => {
      const received = await sql(following, `SELECT pg_last_wal_receive_lsn() >= '${lsn}'`);
      return received === 't';
    });
    await cluster.server.stop('immediate');
    await sql(running, 'SELECT pg_promote()');
    const before = await storedKeys(cluster);
    expect(await agentOn(standby)).toEqual({ exitCode: 46, code: 'WAL-FENCED' });
    expect(await storedKeys(cluster)).toEqual(before);
    await takeOver(standby, 3);
    const { segments } = await readStoredWal(cluster);
    expect(segments).toContain(unarchived);
    const lineage = await cluster.lineage();
    expect(await currentWriter(cluster.store, lineage)).toMatchObject({
      timeline: 3,
      by: 'take-over',
    });
    // From its base on timeline 1 to the branch, then on timeline 3, no number is missing.
    const numberOf = (name: string): number => Number.parseInt(name.slice(16), 16);
    const onPath = segments.filter((name) => !name.startsWith('00000002'));
    const numbers = new Set(onPath.map(numberOf).filter((number) => number >= numberOf(base)));
    expect(Math.max(...numbers)).toBe(numberOf(base) + numbers.size - 1);
  });
});
