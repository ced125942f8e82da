import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster();
  await cluster.server.run('pgbench', ['--initialize', '--quiet', '--scale=1']);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function isStored(segment: string): Promise<boolean> {
  const { keys } = await cluster.lineage();
  return (await cluster.store.head(keys.wal(segment))) !== undefined;
}

describe('after a crash', () => {
  test('of the agent at any moment nothing is lost, nothing is a conflict, the backlog goes', async ({
    annotate,
  }) => {
    const seed = chooseSeed();
    await annotate(`seed ${seed}`);
    const random = seededRandom(seed);
    let refused = 0;
    for (let round = 0; round < 5; round += 1) {
      await cluster.writeSegments(6);
      const agent = cluster.startSlowAgent(Math.floor(random() * 40));
      await agent.logged('agent.started');
      await delay(random() * 200);
      await agent.killNine();
      const log = await agent.log();
      refused += log.filter(({ event }) => event === 'wal.segment.refused').length;
    }
    const last = await cluster.writeSegments(1);
    const agent = cluster.startAgent();
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ last: segments.at(-1), different, gaps, refused }, `seed ${seed}`).toEqual({
      last,
      different: [],
      gaps: [],
      refused: 0,
    });
    const archived = (await agent.log()).filter(({ event }) => event === 'wal.segment.refused');
    expect(archived, `seed ${seed}`).toEqual([]);
  });

  test('of the server under load archiving goes on', async ({ annotate }) => {
    const seed = chooseSeed();
    await annotate(`seed ${seed}`);
    const random = seededRandom(seed);
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    for (let round = 0; round < 3; round += 1) {
      const load = cluster.server
        .run('pgbench', ['--no-vacuum', '--client=2', '--time=30'])
        .catch(() => 'ended with its server');
      await cluster.writeSegments(4);
      await delay(random() * 150);
      await cluster.server.killNine();
      await load;
      await cluster.server.start();
    }
    const last = await cluster.writeSegments(2);
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ last: segments.at(-1), different, gaps }, `seed ${seed}`).toEqual({
      last,
      different: [],
      gaps: [],
    });
    expect(await agent.stop()).toBe(0);
  });

  test('of the server former acknowledgements count for nothing', async () => {
    const agent = cluster.startAgent();
    await cluster.writeSegments(1);
    await cluster.drained();
    const [life = ''] = await readdir(join(cluster.spool, 'acknowledged'));
    expect(life).toMatch(/^\d+-\d+$/);
    // Nobody ships or tidies up any more, and the script says at once what it waits for.
    process.kill(agent.pid, 'SIGSTOP');
    for (const name of ['one-shot', 'heartbeat', 'requested']) {
      await rm(join(cluster.spool, name), { force: true });
    }
    const next = await cluster.sql(
      "SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'begun'))",
    );
    await cluster.server.killNine();
    const forged = join(cluster.spool, 'acknowledged', life, next);
    await writeFile(forged, '');
    await cluster.server.start();
    const last = await cluster.writeSegments(1);
    await until(`the script waits for ${next}`, async () => {
      const asked = await readFile(join(cluster.spool, 'requested'), 'utf8').catch(() => '');
      return asked === `${next}\n`;
    });
    await expect(readFile(forged, 'utf8')).resolves.toBe('');
    expect(await isStored(next)).toBe(false);

    process.kill(agent.pid, 'SIGCONT');
    await cluster.drained();
    expect(await isStored(next)).toBe(true);
    expect(await readdir(join(cluster.spool, 'acknowledged'))).not.toContain(life);
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ last: segments.at(-1), different, gaps }).toEqual({ last, different: [], gaps: [] });
  });
});
