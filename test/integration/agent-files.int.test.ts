import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PgWalDirectory } from '../../lib/core/adapters/wal/pg-wal-directory.ts';
import { currentWriter } from '../../lib/core/store/writer-epoch.ts';
import { getSealed } from '../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { offerFile, readWal, withdrawFile } from '../support/pg-wal-files.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;

let cluster: ProtectedCluster;
let dataDirectory: string;

beforeAll(async () => {
  // Archives into nothing before it comes under protection.
  cluster = await startProtectedCluster({
    prepared: false,
    settings: { archive_mode: 'on', archive_command: 'true' },
  });
  ({ dataDirectory } = cluster.server);
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe('at its start the agent', () => {
  test('ships what PostgreSQL holds for archived and the store lacks', async () => {
    await cluster.writeSegments(6);
    await cluster.drained();
    const [first] = (await new PgWalDirectory(dataDirectory).done()).toSorted();
    const refused = await cluster.init();
    expect(refused.exitCode).toBe(98);
    expect(refused.stderr).toContain('another tool archives here');
    expect((await cluster.init(['--replace-archive-command'])).exitCode).toBe(0);
    const agent = cluster.startAgent();
    // Before that, PostgreSQL may have a one-shot push ship it.
    await agent.logged('agent.started');
    const last = await cluster.writeSegments(1);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    await until(
      'all is caught up',
      async () => (await readStoredWal(cluster)).segments[0] === first,
    );
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ first: segments[0], different, gaps }).toEqual({ first, different: [], gaps: [] });
    await cluster.drained();
    expect(await agent.stop()).toBe(0);
  });

  test('ships nothing twice', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    const last = await cluster.writeSegments(1);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    const shipped = (await agent.log()).filter(({ event }) => event === 'wal.segment.archived');
    expect(shipped.filter(({ outcome }) => outcome === 'identical')).toEqual([]);
  });
});

describe('besides segments the agent stores', () => {
  test('a backup history under its own name', async () => {
    const agent = cluster.startAgent();
    const done = await cluster.server.run('psql', [
      '-XAtq',
      '-c',
      "SELECT pg_backup_start('test', true)",
      '-c',
      'SELECT lsn FROM pg_backup_stop(true)',
    ]);
    expect(done).toContain('/');
    await cluster.writeSegments(1);
    await cluster.drained();
    const backup = (await agent.log())
      .map(({ wal_segment: name }) => String(name))
      .find((name) => name.endsWith('.backup'));
    const { keys } = await cluster.lineage();
    const { plain } = await getSealed(cluster.store, keys.wal(backup ?? '(none)'));
    expect(Buffer.from(plain).toString()).toContain('LABEL: test');
  });

  test('a partial segment under its name and hash', async () => {
    const agent = cluster.startAgent();
    const name = `${await cluster.writeSegments(1)}.partial`;
    const bytes = Buffer.alloc(MIB, 3);
    await offerFile(dataDirectory, name, bytes);
    await agent.logged('wal.segment.archived', { wal_segment: name });
    const { keys } = await cluster.lineage();
    const { plain } = await getSealed(cluster.store, keys.walPartial(name, sha256(bytes)));
    expect(bytes.equals(plain)).toBe(true);
    await cluster.writeSegments(1);
    await cluster.drained();
    await withdrawFile(dataDirectory, name);
  });

  test('a history before any segment of its timeline, with the writer on that timeline', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started', { timeline: 1 });
    await cluster.server.stop();
    await promote();
    const last = await cluster.writeSegments(2);
    expect(last.startsWith('00000002')).toBe(true);
    await agent.logged('wal.segment.archived', { wal_segment: last });
    const names = (await agent.log())
      .filter(({ event }) => event === 'wal.segment.archived')
      .map(({ wal_segment: name }) => String(name));
    const firstOfTwo = names.findIndex((name) => name.startsWith('00000002'));
    expect(names[firstOfTwo]).toBe('00000002.history');
    await agent.logged('agent.started', { timeline: 2 });
    expect((await currentWriter(cluster.store, await cluster.lineage()))?.timeline).toBe(2);
    await cluster.drained();
    const { keys } = await cluster.lineage();
    const { plain } = await getSealed(cluster.store, keys.wal('00000002.history'));
    expect(Buffer.from(plain).equals(await readWal(dataDirectory, '00000002.history'))).toBe(true);
  });
});

/** Starts the stopped server as a standby of nobody, and promotes it. */
async function promote(): Promise<void> {
  await writeFile(join(dataDirectory, 'standby.signal'), '');
  await cluster.server.start();
  await cluster.sql('SELECT pg_promote()');
}
