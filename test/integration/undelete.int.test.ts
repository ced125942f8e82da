import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExpiryTag } from '../../lib/core/contract/key-layout.ts';
import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import { type BackupRecord, WriterRecord } from '../../lib/core/store/records.ts';
import { revealing } from '../../lib/core/store/revealing.ts';
import { failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import {
  archiveAll,
  backUp,
  contextOf,
  planFrom,
  recoverTo,
  startRecovered,
} from '../support/recovery-cluster.ts';

const UNDELETE_DAYS = 7;
const DAY_MS = 86_400_000;
const ROWS = 4_000;
const WRITER = {
  epoch: 1,
  instance: 'test',
  volume: 'disk',
  dataDirInode: '1',
  timeline: 1,
  since: new Date(Date.UTC(2026, 10, 1)),
};
const HIDDEN = ERROR_CODES['VAULT-HIDDEN'].exitCode;

describe('a backup that expired', () => {
  let cluster: ArchivedCluster;
  let backup: BackupRecord;
  let folders = 0;

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await putRecord(cluster.store, cluster.lineage.keys.writer(1), WriterRecord, WRITER, {
      epoch: 1,
    });
    await cluster.sql('CREATE TABLE facts (id int)');
    backup = await backUp(cluster);
    for (let batch = 0; batch < 4; batch += 1) {
      await cluster.sql('INSERT INTO facts SELECT generate_series(1, 1000)');
      await archiveAll(cluster);
    }
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  async function holdfast(words: readonly string[]): ReturnType<typeof runHoldfast> {
    const [verb = '', ...more] = words;
    const place = ['--store', cluster.store.url, '--cluster', 'orders'];
    return runHoldfast([verb, ...place, ...more, '--json']);
  }

  async function document(words: readonly string[]): Promise<Record<string, unknown>> {
    const { exitCode, stdout } = await holdfast(words);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  const keys = async (): Promise<readonly string[]> =>
    Array.fromAsync(cluster.store.list(''), ({ key }) => key);

  /** Backups and WAL: what retention could let go. */
  const expiring = async (): Promise<readonly string[]> => {
    const { basePrefix, walPrefix, walIndexPrefix } = cluster.lineage.keys;
    return (await keys()).filter((key) =>
      [basePrefix, walPrefix, walIndexPrefix].some((prefix) => key.startsWith(prefix)),
    );
  };

  async function expire(gone: readonly string[], now = new Date()): Promise<void> {
    for (const key of gone) await cluster.store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
    await cluster.store.expireTagged({ now, undeleteDays: UNDELETE_DAYS });
  }

  async function newDirectory(): Promise<string> {
    folders += 1;
    return join(await cluster.makeFolder(`recovered-${folders}`), 'data');
  }

  test('is read all the same by a recovery that was planned before', async () => {
    const plan = await planFrom(cluster, 'latest');
    await expire(await expiring());
    const job = { dataDirectory: await newDirectory(), parallel: 2 };
    const result = await recover(plan, job, contextOf(cluster));
    expect(result.notes.join()).toContain('holdfast undelete');
    await using server = await startRecovered(cluster, result);
    expect(await server.run('psql', ['-XAtqc', 'SELECT count(*) FROM facts'])).toBe(String(ROWS));
  });

  test('is not listed, and whoever misses it is told where it is', async () => {
    expect(await document(['list'])).toMatchObject({ backups: [], hidden: expect.any(Number) });
    expect(await document(['windows'])).toMatchObject({ windows: [], hidden: expect.any(Number) });
    const refused = await holdfast(['recover', '--to', 'latest', '--data-dir', '/nowhere']);
    expect(failureOf(refused)).toMatchObject({ code: 'RESTORE-WINDOW', hasHint: true });
    expect(refused.stderr).toMatch(/HINT: .*hidden by delete markers, such as .*holdfast undelete/);
    const byId = await holdfast(['verify', '--backup', backup.id]);
    expect(failureOf(byId).code).toBe('CATALOG-BACKUP');
    expect(byId.stderr).toMatch(/HINT: .*hidden by delete markers/);
  });

  test('is listed, verified and recovered with --hidden', async () => {
    expect(await document(['list', '--hidden'])).toMatchObject({
      backups: [{ id: backup.id, restorable: true }],
    });
    expect(await document(['windows', '--hidden'])).toMatchObject({
      windows: [{ backupId: backup.id }],
    });
    const plan = ['recover', '--to', 'latest', '--data-dir', '/nowhere', '--hidden'];
    expect(await document(plan)).toMatchObject({ backupId: backup.id, executed: false });
    const view = { ...cluster, store: revealing(cluster.store) };
    const result = await recoverTo(view, 'latest', await newDirectory());
    await using server = await startRecovered(cluster, result);
    expect(await server.run('psql', ['-XAtqc', 'SELECT count(*) FROM facts'])).toBe(String(ROWS));
    // Reading it has not brought it back.
    expect(await document(['list'])).toMatchObject({ backups: [] });
  });

  test('comes back with the WAL it needs, then all else, and is whole', async () => {
    const planned = await document(['undelete', '--backup', backup.id]);
    expect(planned).toMatchObject({ executed: false, backups: [backup.id] });
    expect(await document(['list'])).toMatchObject({ backups: [] });
    const done = await document(['undelete', '--backup', backup.id, '--execute']);
    expect(done).toEqual({ ...planned, executed: true });
    expect(await document(['list'])).toMatchObject({
      backups: [{ id: backup.id, restorable: true }],
    });
    const verified = await document(['verify', '--deep', '--backup', backup.id]);
    expect(verified).toMatchObject({ ok: true, backups: 1 });
    await document(['undelete', '--all', '--execute']);
    expect(await document(['verify', '--deep'])).toMatchObject({ ok: true });
    const again = await holdfast(['undelete', '--all']);
    expect(failureOf(again)).toEqual({ exitCode: HIDDEN, code: 'VAULT-HIDDEN', hasHint: true });
    const result = await recoverTo(cluster, 'latest', await newDirectory());
    await using server = await startRecovered(cluster, result);
    expect(await server.run('psql', ['-XAtqc', 'SELECT count(*) FROM facts'])).toBe(String(ROWS));
  });

  test('does not expire again by the tag that it had', async () => {
    await expire([]);
    expect(await document(['list'])).toMatchObject({ backups: [{ id: backup.id }] });
  });

  test('is gone for good after the undelete period', async () => {
    const now = new Date();
    await expire(await expiring(), now);
    const past = new Date(now.getTime() + UNDELETE_DAYS * DAY_MS);
    await expire([], new Date(past.getTime() - 1));
    expect(await document(['list', '--hidden'])).toMatchObject({ backups: [{ id: backup.id }] });
    await expire([], past);
    expect(await document(['list', '--hidden'])).toMatchObject({ backups: [] });
    const undelete = await holdfast(['undelete', '--backup', backup.id, '--execute']);
    expect(failureOf(undelete)).toEqual({ exitCode: HIDDEN, code: 'VAULT-HIDDEN', hasHint: true });
  });

  test('asks what is to come back', async () => {
    const ending = await holdfast(['undelete']);
    expect(ending.exitCode).toBe(2);
    expect(ending.stderr).toContain('--all');
  });
});
