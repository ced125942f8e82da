import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { startAgentProcess } from '../support/agent-process.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { closeStore, takeStoreAway } from '../support/store-outage.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  // Not as root, for whom no directory is unwritable.
  cluster = await startProtectedCluster({ asServer: true });
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const outages = [
  { what: 'gone', code: 'STORE-MISSING', begin: takeStoreAway },
  { what: 'closed to it', code: 'STORE-DENIED', begin: closeStore },
];

describe('while the store is away', () => {
  test.for(outages)(
    '($what) PostgreSQL keeps its WAL, and the backlog goes in order once it is back',
    async ({ code, begin }) => {
      const agent = cluster.startAgent();
      await agent.logged('agent.started');
      await cluster.drained();
      const failedBefore = await cluster.failedCount();
      const end = await begin(cluster.store);
      const last = await cluster.writeSegments(8);
      await agent.logged('wal.segment.retried', { error_code: code });
      await until('PostgreSQL counts a failed attempt', async () => {
        return (await cluster.failedCount()) > failedBefore;
      });
      expect(await cluster.ready()).toContain(last);
      await end();
      await agent.logged('wal.segment.archived', { wal_segment: last });
      // A further segment wakes PostgreSQL's archiver, which else looks once a minute.
      await cluster.writeSegments(1);
      await cluster.drained();
      const shipped = (await agent.log())
        .filter(({ event }) => event === 'wal.segment.archived')
        .map(({ wal_segment: name }) => String(name));
      // Up to four are in flight together, and end in any order.
      const misplaced = shipped.filter((name, index) => {
        return shipped.slice(index + 4).some((later) => later < name);
      });
      expect(misplaced).toEqual([]);
      const { different, gaps } = await readStoredWal(cluster);
      expect({ different, gaps }).toEqual({ different: [], gaps: [] });
    },
  );

  test('a new life of the postmaster does not end the agent', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    const bringBack = await takeStoreAway(cluster.store);
    await cluster.server.killNine();
    await cluster.server.start();
    await agent.logged('agent.failed', { error_code: 'STORE-MISSING' });
    await bringBack();
    const last = await cluster.writeSegments(1);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    expect(await agent.stop()).toBe(0);
  });
});

describe('told to stop', () => {
  test('the agent ends with 0 while an upload hangs, and the next one ships what was in flight', async () => {
    const hanging = cluster.startSlowAgent('for ever');
    await hanging.logged('agent.started');
    const last = await cluster.writeSegments(2);
    // Nothing tells that a put hangs; by the time PostgreSQL waits for the second, the first does.
    await until('segments wait', async () => (await cluster.ready()).includes(last));
    const startedMs = performance.now();
    expect(await hanging.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const agent = cluster.startAgent();
    await agent.logged('wal.segment.archived', { wal_segment: last });
  });

  test('the agent ends with 0 while the store answers nothing at all', async () => {
    await using silent = await silentServer();
    const words = cluster.agentWords().map((word) => {
      return word === cluster.storeUrl ? 's3://backups/orders' : word;
    });
    const agent = startAgentProcess({
      words: [HOLDFAST, 'agent', ...words],
      logFile: `${cluster.directory}/silent.log`,
      environment: {
        AWS_ENDPOINT_URL_S3: silent.endpoint,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    await once(silent.server, 'connection');
    expect(await agent.stop()).toBe(0);
  });
});

interface SilentServer extends AsyncDisposable {
  readonly server: Server;
  readonly endpoint: string;
}

/** Takes connections on the loopback and never answers. */
async function silentServer(): Promise<SilentServer> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return {
    server,
    endpoint: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
