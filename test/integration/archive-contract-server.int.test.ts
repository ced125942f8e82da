import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { closeStore } from '../support/store-outage.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

/** Longest fast shutdown, in seconds: supervisors give a minute or more. */
const SHUTDOWN_SEC = 30;

let cluster: ProtectedCluster;

beforeAll(async () => {
  // The archiver's own account must be able to write to the store.
  const spoolName = `sp ool %f 'q' "d" $(touch x) \`y\` é %`;
  cluster = await startProtectedCluster({ asServer: true, spoolName });
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function archiverPid(): Promise<string> {
  return cluster.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'archiver'");
}

/** The shell that runs archive_command now. */
async function commandPid(): Promise<number> {
  const archiver = await archiverPid();
  return until('archive_command runs', async () => {
    const { stdout } = await execa('pgrep', ['--parent', archiver], { reject: false });
    return stdout !== '' && Number.parseInt(stdout, 10);
  });
}

async function expectWhole(last: string): Promise<void> {
  await cluster.drained();
  const { segments, different, gaps } = await readStoredWal(cluster);
  expect({ different, gaps }).toEqual({ different: [], gaps: [] });
  expect(segments).toContain(last);
}

describe("PostgreSQL's own archiver, with the agent at work", () => {
  test('reaches a spool whose path has spaces, quotes, percent signs and commands in it', async () => {
    const agent = cluster.startAgent();
    // Before that, PostgreSQL may have a one-shot push ship it.
    await agent.logged('agent.started');
    const last = await cluster.writeSegments(2);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    await cluster.drained();
    expect(await agent.stop()).toBe(0);
  });

  const faults = [
    { what: 'missing', text: undefined },
    { what: 'empty, as a crash may leave it', text: '' },
    { what: 'garbage', text: 'no-such-command\n\u0000\u0001 )(\n' },
  ];
  test.for(faults)(
    'counts a failure and goes on living when the script is $what',
    async ({ text }) => {
      const agent = cluster.startAgent();
      await agent.logged('agent.started');
      await cluster.writeSegments(1);
      await cluster.drained();
      const script = join(cluster.spool, 'archive-command');
      const whole = await readFile(script, 'utf8');
      const before = await cluster.failedCount();
      const archiver = await archiverPid();
      await (text === undefined ? rename(script, `${script}.away`) : writeFile(script, text));
      const last = await cluster.writeSegments(1);
      await until('a failed attempt is counted', async () => {
        return (await cluster.failedCount()) > before;
      });
      expect(await cluster.ready()).toContain(last);
      await (text === undefined ? rename(`${script}.away`, script) : writeFile(script, whole));
      await cluster.writeSegments(1);
      await cluster.drained();
      expect(await archiverPid()).toBe(archiver);
    },
  );

  test('counts nothing when a signal ends the script, and archives the file all the same', async () => {
    const hanging = cluster.startSlowAgent('for ever');
    await hanging.logged('agent.started');
    const before = await cluster.failedCount();
    const archiver = await archiverPid();
    const last = await cluster.writeSegments(1);
    process.kill(await commandPid(), 'SIGKILL');
    await until('the archiver is another one', async () => {
      const now = await archiverPid();
      return now !== archiver && now !== '';
    });
    expect(await cluster.failedCount()).toBe(before);
    expect(await cluster.ready()).toContain(last);
    await hanging.killNine();
    await cluster.startAgent().logged('agent.started');
    await cluster.writeSegments(1);
    await expectWhole(last);
  });
});

describe("PostgreSQL's own archiver, with the agent dead", () => {
  test('a one-shot push ships a batch of 50 without 50 starts of an interpreter', async () => {
    const oneShot = join(cluster.spool, 'one-shot');
    const starts = join(cluster.directory, 'starts');
    const script = await readFile(oneShot, 'utf8');
    await cluster.drained();
    await writeFile(oneShot, `echo start >>'${starts}'\n${script}`);
    const last = await cluster.writeSegments(50);
    await expectWhole(last);
    const count = (await readFile(starts, 'utf8')).trim().split('\n').length;
    expect(count).toBeLessThanOrEqual(5);
    await writeFile(oneShot, script);
  });

  test('where there is no one-shot program only a request is left', async () => {
    const oneShot = join(cluster.spool, 'one-shot');
    await rename(oneShot, `${oneShot}.away`);
    await rm(join(cluster.spool, 'requested'), { force: true });
    await rm(join(cluster.spool, 'one-shot.log'), { force: true });
    const last = await cluster.writeSegments(1);
    const requested = await until('a request is left', async () => {
      return readFile(join(cluster.spool, 'requested'), 'utf8').catch(() => undefined);
    });
    expect(requested.trim()).toBe(last);
    expect(await cluster.ready()).toContain(last);
    await expect(readFile(join(cluster.spool, 'one-shot.log'))).rejects.toThrow('ENOENT');
    await rename(`${oneShot}.away`, oneShot);
    // Whoever serves the request does what the one-shot program does.
    const { exitCode } = await cluster.holdfast(['wal-push', ...cluster.agentWords(), last]);
    expect(exitCode).toBe(0);
    await cluster.drained();
  });

  test('a push of a file that PostgreSQL does not offer is refused', async () => {
    const words = ['wal-push', ...cluster.agentWords(), '0000000100000000000000FE'];
    const { exitCode, stderr } = await cluster.holdfast(words);
    expect({ exitCode, code: /WAL-[A-Z]+/.exec(stderr)?.[0] }).toEqual({
      exitCode: 51,
      code: 'WAL-ABSENT',
    });
  });
});

describe('a fast shutdown', () => {
  const stores = [
    { what: 'a working', begin: async () => async () => undefined },
    { what: 'a closed', begin: async () => closeStore(cluster.store) },
  ];
  test.for(stores)(
    'with $what store is over soon, and what it left is archived after the start',
    async ({ begin }, { annotate }) => {
      await cluster.drained();
      const mend = await begin();
      const last = await cluster.writeSegments(2);
      const startedMs = performance.now();
      await cluster.server.stop();
      const sec = (performance.now() - startedMs) / 1_000;
      await annotate(`shutdown ${sec.toFixed(1)} s`);
      expect(sec).toBeLessThanOrEqual(SHUTDOWN_SEC);
      await mend();
      await cluster.server.start();
      await expectWhole(last);
    },
  );
});
