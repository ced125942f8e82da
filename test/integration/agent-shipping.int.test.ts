import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { removeObject } from '../support/store-tampering.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster();
  await cluster.server.run('pgbench', ['--initialize', '--quiet', '--scale=1']);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe('the agent', () => {
  test('ships a backlog several files at once, byte by byte, while PostgreSQL counts no failure', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    await cluster.drained();
    await cluster.sql("SELECT pg_stat_reset_shared('archiver')");
    await cluster.server.run('pgbench', ['--no-vacuum', '--client=2', '--transactions=1500']);
    const last = await cluster.writeSegments(20);
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ last: segments.at(-1), different, gaps }).toEqual({ last, different: [], gaps: [] });
    expect(segments.length).toBeGreaterThan(20);
    expect(await cluster.failedCount()).toBe(0);
    const shipped = (await agent.log()).filter(({ event }) => event === 'wal.segment.archived');
    const spans = shipped.map(({ timestamp, duration_ms: durationMs }) => {
      const end = Date.parse(timestamp);
      return { start: end - Number(durationMs), end };
    });
    const overlapping = spans.filter(({ start }, index) => {
      const before = spans[index - 1];
      return before !== undefined && start < before.end;
    });
    expect(overlapping.length).toBeGreaterThan(0);
    expect(await agent.stop()).toBe(0);
  });

  test('indexes each segment, and "verify" makes an index that is missing', async () => {
    const { store } = cluster;
    const lineage = await cluster.lineage();
    const lacking = async (): Promise<readonly string[]> => {
      const { segments } = await readStoredWal(cluster);
      const heads = await Promise.all(
        segments.map(async (name) => store.head(lineage.keys.walIndex(name))),
      );
      return segments.filter((_, index) => heads[index] === undefined);
    };
    await until('every segment has its index', async () => (await lacking()).length === 0);
    const { segments } = await readStoredWal(cluster);
    await removeObject(store, lineage.keys.walIndex(segments[3] ?? ''));
    const place = ['--store', cluster.storeUrl, '--cluster', lineage.id.cluster];
    const { exitCode, stdout } = await cluster.holdfast(['verify', '--deep', '--json', ...place]);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { ok: true, rebuiltIndexes: 1, missingIndexes: 0 },
    ]);
    expect(await lacking()).toEqual([]);
  });

  test('starts no interpreter for a segment', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    await cluster.drained();
    // The traces that the archive script leaves of every call for help.
    const traces = ['requested', 'one-shot.log'];
    for (const name of traces) await rm(join(cluster.spool, name), { force: true });
    await cluster.writeSegments(20);
    await cluster.drained();
    const entries = await readdir(cluster.spool);
    expect(entries.filter((name) => traces.includes(name))).toEqual([]);
  });

  test('leaves nothing behind in the spool that could vouch for later bytes', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    await cluster.writeSegments(3);
    await cluster.drained();
    const acknowledged = await until('the spool is empty', async () => {
      const lives = await readdir(join(cluster.spool, 'acknowledged'));
      const names = await Promise.all(
        lives.map(async (life) => readdir(join(cluster.spool, 'acknowledged', life))),
      );
      return names.flat().length === 0 && names;
    });
    expect(acknowledged.flat()).toEqual([]);
  });

  test('says identical to a segment that is offered a second time', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    const name = await cluster.writeSegments(2);
    await cluster.drained();
    const status = join(cluster.server.dataDirectory, 'pg_wal', 'archive_status', name);
    await rename(`${status}.done`, `${status}.ready`);
    await agent.logged('wal.segment.archived', { wal_segment: name, outcome: 'identical' });
    await cluster.writeSegments(1);
    await cluster.drained();
    expect(await cluster.failedCount()).toBe(0);
  });

  test('refuses to be the second agent on one spool', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    const { exitCode, stderr } = await cluster.holdfast(['agent', ...cluster.agentWords()]);
    expect(exitCode).toBe(49);
    expect(stderr).toContain('WAL-SPOOL');
  });
});
