import { chown, mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { parseLsn } from '../../lib/core/wal/lsn.ts';
import {
  backUpOnce,
  breakArchiving,
  crash,
  inPlaceWords,
  report,
  rollbackWords,
} from '../support/in-place-cluster.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';

const MiB = 1024n * 1024n;

/** As a write that the power cut short leaves it. */
async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at);
  } finally {
    await file.close();
  }
}

describe('a recovery in place', () => {
  let cluster: ProtectedCluster;

  beforeAll(async () => {
    // Run as the server's account: nothing of it needs root.
    cluster = await startProtectedCluster({ asServer: true });
    await cluster.sql("CREATE TABLE facts AS SELECT 'before the backup' AS what");
    await backUpOnce(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  const facts = async (): Promise<readonly string[]> =>
    (await cluster.sql('SELECT what FROM facts ORDER BY what')).split('\n');
  const insert = async (what: string): Promise<string> =>
    cluster.sql(`SET synchronous_commit = on; INSERT INTO facts VALUES ('${what}')`);
  /** As if the crash had come between the end of a segment and its mark. */
  const forgetMark = async (name: string): Promise<void> =>
    rm(join(cluster.server.dataDirectory, 'pg_wal', 'archive_status', `${name}.ready`));
  const timeline = async (): Promise<number> =>
    Number(await cluster.sql('SELECT timeline_id FROM pg_control_checkpoint()'));

  test('to the latest commit loses nothing that only pg_wal has, whole segments and the last part', async () => {
    const mendArchiving = await breakArchiving(cluster);
    await insert('in a whole segment that nobody archived');
    const filled = await cluster.writeSegments(3);
    await insert('in the last, unfinished segment');
    const before = await facts();
    await crash(cluster);
    await forgetMark(filled);

    const plan = await report(cluster, inPlaceWords(cluster, 'latest'));
    expect(plan).toMatchObject({ executed: false });
    expect(plan.inPlace?.rescued).toBeGreaterThanOrEqual(3);
    expect(plan.inPlace?.unfinished).toMatch(/^00000001[0-9A-F]{16}$/);
    expect(await readdir(dirname(cluster.server.dataDirectory))).not.toContain('data.lock');

    const done = await report(cluster, [...inPlaceWords(cluster, 'latest'), '--execute']);
    expect(done).toMatchObject({ executed: true, timeline: 1, newTimeline: 2 });
    expect(await readdir(done.setAside)).toContain('PG_VERSION');
    await cluster.server.start();
    expect(await facts()).toEqual(before);
    expect(await timeline()).toBe(2);
    await mendArchiving();
  });

  test('goes on archiving on its new timeline, with its own settings and without a take-over', async () => {
    expect(await cluster.sql('SHOW archive_mode')).toBe('on');
    expect(await cluster.sql('SHOW wal_keep_size')).toBe('256MB');
    const agent = cluster.startAgent();
    await insert('on timeline 2');
    await cluster.writeSegments(1);
    await cluster.drained();
    await agent.stop();
    expect(await cluster.failedCount()).toBe(0);
  });

  test('goes back to a moment within the unfinished segment, and a rollback brings the later commits back', async () => {
    const before = await facts();
    const first = cluster.startAgent();
    await insert('good');
    const moment = await cluster.sql('SELECT clock_timestamp()');
    await insert('bad');
    const withBad = await facts();
    // Both lie in the last segment, which is not archived.
    await crash(cluster);
    await first.stop();

    const target = moment.replace(' ', 'T');
    const back = await report(cluster, [...inPlaceWords(cluster, target), '--execute']);
    expect(back).toMatchObject({ timeline: 2, newTimeline: 3 });
    await cluster.server.start();
    expect(await facts()).toEqual([...before, 'good'].toSorted());
    await insert('on timeline 3');
    const agent = cluster.startAgent();
    await cluster.writeSegments(1);
    await cluster.drained();

    const inUse = await cluster.holdfast(rollbackWords(cluster));
    expect(inUse).toMatchObject({ exitCode: 83 });
    expect(inUse.stderr).toContain('RESTORE-IN-USE');
    await cluster.server.stop();
    await agent.stop();
    const rolled = await report(cluster, [...rollbackWords(cluster), '--json']);
    expect(rolled).toMatchObject({ executed: true, timeline: 2 });
    expect(await report(cluster, [...rollbackWords(cluster), '--json'])).toEqual(rolled);

    await cluster.server.start();
    expect(await facts()).toEqual(withBad);
    cluster.startAgent();
    await insert('on timeline 2 again');
    await cluster.writeSegments(1);
    await cluster.drained();
    expect(await timeline()).toBe(2);
  });

  test('after a rollback reaches the latest commit of the timeline that lives', async () => {
    const before = await facts();
    await breakArchiving(cluster);
    const filled = await cluster.writeSegments(1);
    await crash(cluster);
    await forgetMark(filled);
    const done = await report(cluster, [...inPlaceWords(cluster, 'latest'), '--execute']);
    expect(done).toMatchObject({ timeline: 2, newTimeline: 4 });
    await cluster.server.start();
    expect(await facts()).toEqual(before);
    // The new timeline begins behind it, so the archive would have a gap without it.
    const { keys } = await cluster.lineage();
    expect(await cluster.store.head(keys.wal(filled))).toBeDefined();
  });

  test('ends just before a record that the crash has torn, with the tablespace that only the last segment has', async () => {
    const space = join(cluster.directory, 'late');
    await mkdir(space, { mode: 0o700 });
    const owner = serverOwner();
    if (owner !== undefined) await chown(space, owner.uid, owner.gid);
    await cluster.sql(`CREATE TABLESPACE late LOCATION '${space}'`);
    await cluster.sql('CREATE TABLE apart TABLESPACE late AS SELECT 1 AS id');
    await insert('before the torn record');
    const before = await facts();
    const torn = parseLsn(await cluster.sql('SELECT pg_current_wal_insert_lsn()'));
    await insert('in the torn record');
    await insert('behind it');
    const name = await cluster.sql('SELECT pg_walfile_name(pg_current_wal_insert_lsn())');
    await crash(cluster);
    await flipByte(join(cluster.server.dataDirectory, 'pg_wal', name), Number(torn % MiB) + 25);

    const done = await report(cluster, [...inPlaceWords(cluster, 'latest'), '--execute']);
    expect(done).toMatchObject({ timeline: 4, newTimeline: 5 });
    await cluster.server.start();
    expect(await facts()).toEqual(before);
    expect(await cluster.sql('SELECT id FROM apart')).toBe('1');
  });
});
