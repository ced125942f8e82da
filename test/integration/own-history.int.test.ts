import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { signalFile } from '../support/data-directories.ts';
import { readWal } from '../support/pg-wal-files.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { readStoredWal } from '../support/stored-wal.ts';

let cluster: ProtectedCluster;
let dataDirectory: string;

beforeAll(async () => {
  // PostgreSQL removes and renames segments as soon as it may.
  const settings = { wal_keep_size: '0', min_wal_size: '2MB', max_wal_size: '2MB' };
  cluster = await startProtectedCluster({ settings });
  ({ dataDirectory } = cluster.server);
  // Without the agent nothing is shipped.
  await rm(join(cluster.spool, 'one-shot'));
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function expectSound(): Promise<void> {
  await cluster.drained();
  const { different, gaps } = await readStoredWal(cluster);
  expect({ different, gaps }).toEqual({ different: [], gaps: [] });
}

describe("a server's own history is not taken for another's", () => {
  test('after checkpoints that removed what was archived, restarts and crashes', async () => {
    const agent = cluster.startAgent();
    const first = await cluster.writeSegments(6);
    await cluster.drained();
    await cluster.sql('CHECKPOINT');
    await cluster.writeSegments(2);
    await cluster.drained();
    await cluster.sql('CHECKPOINT');
    expect(await readdir(join(dataDirectory, 'pg_wal'))).not.toContain(first);
    for (const end of ['fast', 'immediate', 'kill -9'] as const) {
      const lives = (await agent.log()).filter(({ event }) => event === 'agent.started').length;
      await cluster.writeSegments(2);
      if (end === 'kill -9') await cluster.server.killNine();
      else await cluster.server.stop(end);
      await cluster.server.start();
      await cluster.writeSegments(1);
      await cluster.drained();
      const started = (await agent.log()).filter(({ event }) => event === 'agent.started');
      expect(started.length).toBeGreaterThan(lives);
    }
    expect(await agent.stop()).toBe(0);
    await expectSound();
  });

  test('after a long outage, with the store far behind', async () => {
    await cluster.writeSegments(20);
    await cluster.sql('CHECKPOINT');
    expect((await cluster.ready()).length).toBeGreaterThanOrEqual(20);
    const agent = cluster.startAgent();
    await agent.logged('agent.started', { epoch: 1 });
    await expectSound();
    await cluster.sql('CHECKPOINT');
    expect(await agent.stop()).toBe(0);
  });

  test('with the store ahead of what PostgreSQL knows to be archived', async () => {
    const name = await cluster.writeSegments(3);
    const { keys } = await cluster.lineage();
    for (const waiting of await cluster.ready()) {
      const bytes = await readWal(dataDirectory, waiting);
      await putSealed(cluster.store, keys.wal(waiting), bytes, { epoch: 1 });
    }
    const agent = cluster.startAgent();
    await agent.logged('agent.started', { epoch: 1 });
    await agent.logged('wal.segment.archived', { wal_segment: name, outcome: 'identical' });
    await cluster.writeSegments(1);
    await expectSound();
    expect(await agent.stop()).toBe(0);
  });

  test('after its own promotion, before and after the first checkpoint of the new timeline', async () => {
    let agent = cluster.startAgent();
    await agent.logged('agent.started', { timeline: 1 });
    await cluster.server.stop();
    await signalFile(dataDirectory, 'standby.signal');
    await cluster.server.start();
    await cluster.sql('SELECT pg_promote()');
    await cluster.writeSegments(3);
    await agent.logged('agent.started', { timeline: 2, epoch: 2 });
    await cluster.drained();
    expect(await agent.stop()).toBe(0);
    for (const statement of ['SELECT 1', 'CHECKPOINT']) {
      await cluster.sql(statement);
      await cluster.server.killNine();
      agent = cluster.startAgent();
      await agent.logged('agent.started', { timeline: 2, epoch: 2 });
      await cluster.server.start();
      const last = await cluster.writeSegments(2);
      await agent.logged('wal.segment.archived', { wal_segment: last });
      await cluster.drained();
      expect(await agent.stop()).toBe(0);
    }
    const { keys } = await cluster.lineage();
    const history = await readFile(join(dataDirectory, 'pg_wal', '00000002.history'), 'utf8');
    expect(history).toMatch(/^1\t/);
    expect(await cluster.store.head(keys.wal('00000002.history'))).toBeDefined();
  });
});
