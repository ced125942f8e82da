import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getSealed, putSealed } from '../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { compareForArchiving } from '../../lib/core/wal/archive-file.ts';
import { nextSegment } from '../../lib/core/wal/segment.ts';
import type { AgentProcess } from '../support/agent-process.ts';
import { type ArchiveCommand, takeArchiveCommand } from '../support/archive-command.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { signalFile } from '../support/data-directories.ts';
import { readWal } from '../support/pg-wal-files.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { takeStoreAway } from '../support/store-outage.ts';
import { removeObject } from '../support/store-tampering.ts';
import { storedKeys } from '../support/stored-wal.ts';
import { GET_STRACE, hasStrace, traceCalls } from '../support/traced-calls.ts';
import { until } from '../support/until.ts';

/**
 * What PostgreSQL asks of an archive_command, clause by clause, of the very words that its archiver
 * would run, whoever ships behind them.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html "Setting Up WAL Archiving"
 */
const MIB = 1024 * 1024;
/** Above 125 PostgreSQL's archiver would end, and count nothing. */
const COUNTED = { min: 1, max: 125 };
/** The script's patience and a start of Node. */
const DEADLINE_MS = 15_000;

let cluster: ProtectedCluster;
let command: ArchiveCommand;
let agent: AgentProcess | undefined;

beforeAll(async () => {
  // PostgreSQL's account runs the command, and with it the one-shot push.
  cluster = await startProtectedCluster({ asServer: true });
  command = await takeArchiveCommand(cluster);
  // A promotion makes a history and a partial segment.
  await cluster.server.stop();
  await signalFile(cluster.server.dataDirectory, 'standby.signal');
  await cluster.server.start();
  await cluster.sql('SELECT pg_promote()');
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function startAgent(): Promise<AgentProcess> {
  agent = cluster.startAgent();
  await agent.logged('agent.started');
  return agent;
}

const shippers = [
  { who: 'with the agent at work', begin: startAgent, conflict: 'WAL-CONFLICT' },
  {
    who: 'with the agent dead, by a one-shot push',
    begin: async () => rm(join(cluster.spool, 'heartbeat'), { force: true }),
    // It begins with the proof that the archive is of its own history.
    conflict: 'WAL-DIVERGED',
  },
];

describe.for(shippers)('archive_command, $who', ({ who, begin, conflict }) => {
  beforeEach(async () => {
    agent = undefined;
    await begin();
  });

  test('ends with 0 when the whole file is in the store, whatever its kind', async () => {
    await cluster.server.run('psql', [
      '-XAtq',
      '-c',
      "SELECT pg_backup_start('contract', true)",
      '-c',
      'SELECT 1 FROM pg_backup_stop(false)',
    ]);
    await cluster.writeSegments(1);
    const names = (await cluster.ready()).toSorted(compareForArchiving);
    const kinds = new Set(names.map((name) => name.replace(/^[^.]+/, '').replace(/^.*\./, '.')));
    // The history and the partial segment are of the only promotion.
    const promoted = who === shippers[0]?.who ? ['.history', '.partial'] : [];
    expect([...kinds]).toEqual(expect.arrayContaining(['', '.backup', ...promoted]));
    for (const name of names) {
      await archived(name);
      expect({ name, stored: await storedPlain(name) }).toEqual({
        name,
        stored: await localHash(name),
      });
      await command.markDone(name);
    }
  });

  test('ends with 0 for the same file, offered again after a crash, and stores nothing', async () => {
    const name = await cluster.writeSegments(1);
    await archived(name);
    const before = await storedKeys(cluster);
    await cluster.server.killNine();
    await cluster.server.start();
    await archived(name);
    expect(await storedKeys(cluster)).toEqual(before);
    await command.markDone(name);
  });

  test('fails for other bytes under the name, and leaves those in the store', async () => {
    const { keys } = await cluster.lineage();
    const name = nextSegment(await cluster.writeSegments(1), MIB);
    await archiveAll();
    await putSealed(cluster.store, keys.wal(name), Buffer.alloc(MIB, 7), { epoch: 1 });
    await execa('chown', ['-R', '--reference', cluster.storeDirectory, cluster.storeDirectory]);
    const before = await storedKeys(cluster);
    await cluster.writeSegments(1);
    await failsFor(name, conflict);
    expect(await storedKeys(cluster)).toEqual(before);
    await removeObject(cluster.store, keys.wal(name));
    await archiveAll();
  });

  test('fails while the store is away, and ends with 0 once it is back', async () => {
    const bringBack = await takeStoreAway(cluster.store);
    const name = await cluster.writeSegments(1);
    try {
      await failsFor(name, 'STORE-MISSING');
    } finally {
      await bringBack();
    }
    await archiveAll();
    expect(await storedPlain(name)).toBe(await localHash(name));
  });
});

describe('archive_command, with an agent that lives and does not get on', () => {
  test('gives up in time while the store never answers, with a status that PostgreSQL counts', async () => {
    agent = cluster.startSlowAgent('for ever');
    await agent.logged('agent.started');
    const name = await cluster.writeSegments(1);
    const startedMs = performance.now();
    const { status, said } = await command.run(name);
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS);
    expect({ status, said }).toEqual({
      status: 1,
      said: expect.stringContaining('the agent has not acknowledged it yet'),
    });
  });

  test('ends with 0 by a one-shot push while the agent is stopped', async () => {
    process.kill((await startAgent()).pid, 'SIGSTOP');
    // Its last beat would count as fresh for some seconds more.
    await rm(join(cluster.spool, 'heartbeat'), { force: true });
    const name = await cluster.writeSegments(1);
    await archiveAll();
    expect(await storedPlain(name)).toBe(await localHash(name));
  });
});

describe.skipIf(!hasStrace())(`archive_command, watched call by call (needs ${GET_STRACE})`, () => {
  test('acknowledges a file after its bytes, its name and all folders above were synced', async () => {
    const name = await cluster.writeSegments(1);
    const { keys } = await cluster.lineage();
    const calls = await traceCalls(
      [NODE, HOLDFAST, 'wal-push', ...cluster.agentWords(), name],
      ['fsync', 'fdatasync', 'link', 'linkat', 'openat'],
      { folder: join(cluster.directory, 'calls'), owner: cluster.account },
    );
    const object = join(cluster.storeDirectory, keys.wal(name));
    const linked = calls.findIndex(
      (call) => call.startsWith('link') && call.includes(`"${object}"`),
    );
    const [, staged = ''] = /"([^"]+)"/.exec(calls[linked] ?? '') ?? [];
    const acknowledged = calls.findIndex((call) => {
      return call.includes(`/${name}"`) && /acknowledged.*O_CREAT/.test(call);
    });
    const isSynced = (path: string, from: number, to: number): boolean =>
      calls
        .slice(from, to)
        .some((call) => /^f(data)?sync/.test(call) && call.includes(`<${path}>`));
    expect(isSynced(staged, 0, linked)).toBe(true);
    expect(isSynced(dirname(object), linked, acknowledged)).toBe(true);
    const unsynced: string[] = [];
    for (let path = dirname(object); path !== cluster.directory; path = dirname(path)) {
      if (!isSynced(path, 0, acknowledged)) unsynced.push(path);
    }
    expect(unsynced).toEqual([]);
    await archiveAll();
  });

  test('starts no program but its shell for a file that is acknowledged', async () => {
    const shipper = await startAgent();
    const name = await cluster.writeSegments(1);
    await shipper.logged('wal.segment.archived', { wal_segment: name });
    const calls = await traceCalls(['/bin/sh', '-c', command.text(name)], ['execve'], {
      folder: join(cluster.directory, 'programs'),
      cwd: cluster.server.dataDirectory,
      owner: cluster.account,
    });
    const programs = calls.map((call) => basename(/^execve\("([^"]+)"/.exec(call)?.[1] ?? call));
    expect(programs).toEqual(['sh']);
    await archiveAll();
  });
});

/** Runs the command until it ends with 0. On a busy machine its patience may end before Node's start. */
async function archived(name: string): Promise<void> {
  await until(`${name} is archived`, async () => {
    const { status } = await command.run(name);
    if (status !== 0) expectCounted(status);
    return status === 0;
  });
}

/** Runs the command, which fails, until whoever ships says that it is for `code`. */
async function failsFor(name: string, code: string): Promise<void> {
  const log = join(cluster.spool, 'one-shot.log');
  await rm(log, { force: true });
  await until(`${name} is refused for ${code}`, async () => {
    const { status } = await command.run(name, 'stopping');
    expectCounted(status);
    const lines = (await agent?.log()) ?? [];
    if (lines.some(({ error_code: told }) => told === code)) return true;
    return (await readFile(log, 'utf8').catch(() => '')).includes(code);
  });
}

function expectCounted(status: number | undefined): void {
  expect(status).toBeGreaterThanOrEqual(COUNTED.min);
  expect(status).toBeLessThanOrEqual(COUNTED.max);
}

/** As PostgreSQL does: the oldest first, each until it is archived. */
async function archiveAll(): Promise<void> {
  for (const name of (await cluster.ready()).toSorted(compareForArchiving)) {
    await archived(name);
    await command.markDone(name);
  }
}

async function storedPlain(name: string): Promise<string> {
  const { keys } = await cluster.lineage();
  const isPartial = name.endsWith('.partial');
  const key = isPartial ? keys.walPartial(name, await localHash(name)) : keys.wal(name);
  return sha256((await getSealed(cluster.store, key)).plain);
}

async function localHash(name: string): Promise<string> {
  return sha256(await readWal(cluster.server.dataDirectory, name));
}
