import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster({ spoolName: `sp ool %f 'q' "d" $(touch x) \`y\` é %` });
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe("PostgreSQL's own archiver", () => {
  test('reaches a spool whose path has spaces, quotes, percent signs and commands in it', async () => {
    const agent = cluster.startAgent();
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
      await until(
        'a failed attempt is counted',
        async () => (await cluster.failedCount()) > before,
      );
      expect(await cluster.ready()).toContain(last);
      await (text === undefined ? rename(`${script}.away`, script) : writeFile(script, whole));
      await cluster.writeSegments(1);
      await cluster.drained();
      expect(await archiverPid()).toBe(archiver);
    },
  );
});

async function archiverPid(): Promise<string> {
  return cluster.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'archiver'");
}
