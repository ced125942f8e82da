import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

const PAGE_BYTES = 8_192;

describe('what the runbook says to do leads back to a protected server', () => {
  test('WAL-PAGE: a torn segment is given up for good, and a backup starts anew', async () => {
    await using cluster = await startProtectedCluster();
    const { dataDirectory } = cluster.server;
    const torn = await fullSegment(cluster);
    const file = await open(join(dataDirectory, 'pg_wal', torn), 'r+');
    await file.write(Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, PAGE_BYTES);
    await file.close();
    const agent = cluster.startAgent();
    await agent.logged('wal.segment.refused', { wal_segment: torn, error_code: 'WAL-PAGE' });
    await cluster.writeSegments(3);
    expect(await cluster.ready()).toContain(torn);

    const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER, '--data-dir', dataDirectory];
    const words = ['--gap', torn, '--reason', 'a bad disk', '--execute'];
    expect(await cluster.holdfast(['resolve', ...place, ...words])).toMatchObject({ exitCode: 0 });
    await expectProtected(cluster, cluster.storeUrl);
  });

  test('WAL-DIVERGED: the true primary goes on in a fresh store', async () => {
    await using cluster = await startProtectedCluster();
    const { keys } = await cluster.lineage();
    const name = await cluster.writeSegments(1);
    await putSealed(cluster.store, keys.wal(name), Buffer.from('another history'), { epoch: 1 });
    const agent = cluster.startAgent();
    expect(await agent.exited).toBe(53);
    expect(await cluster.ready()).toContain(name);

    const fresh = join(cluster.directory, 'fresh');
    await mkdir(fresh, { mode: 0o700 });
    const store = ['--store', pathToFileURL(fresh).href];
    expect(await cluster.init([...store, '--move-archive'])).toMatchObject({ exitCode: 0 });
    cluster.startAgent(store);
    await expectProtected(cluster, pathToFileURL(fresh).href);
  });
});

/** A segment of which several pages are written: the newest one may hold no more than a record of the server's own. */
async function fullSegment(cluster: ProtectedCluster): Promise<string> {
  await cluster.sql('SELECT pg_switch_wal()');
  const name = await cluster.sql(
    `SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', repeat('x', ${8 * PAGE_BYTES})))`,
  );
  await cluster.sql('SELECT pg_switch_wal()');
  return name;
}

/** A backup passes, which needs PostgreSQL's archiver to go on, and it can be restored. */
async function expectProtected(cluster: ProtectedCluster, storeUrl: string): Promise<void> {
  const place = ['--store', storeUrl, '--cluster', CLUSTER];
  expect(await cluster.holdfast(['backup', ...place])).toMatchObject({ exitCode: 0 });
  await cluster.drained();
  const list = await cluster.holdfast(['list', ...place, '--json']);
  const { backups } = JSON.parse(list.stdout) as { readonly backups: readonly object[] };
  expect(backups.at(-1)).toMatchObject({ restorable: true });
  const verify = await cluster.holdfast(['verify', '--deep', ...place]);
  expect(verify).toMatchObject({ exitCode: 0 });
}
