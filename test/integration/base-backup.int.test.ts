import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { toolProcess } from '../../lib/core/adapters/postgres/run-tool.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type { BackupProgress } from '../../lib/core/backup/backup-progress.ts';
import { takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import { BackupRecord } from '../../lib/core/store/records.ts';
import { getRecord } from '../../lib/core/store/record.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';

const PART_BYTES = 8 * 1024 * 1024;
const BALANCES = `SELECT sum(bbalance) = (SELECT sum(abalance) FROM pgbench_accounts)
  AND sum(bbalance) = (SELECT sum(delta) FROM pgbench_history) FROM pgbench_branches`;

describe('takeBaseBackup of a busy server', () => {
  let cluster: ArchivedCluster;
  let record: BackupRecord;
  let historyAtStart: number;
  const reports: BackupProgress[] = [];
  const log = recordingLog();

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    const { attached, store, lineage, server } = cluster;
    await attached.run('pgbench', ['-i', '-q', '-s', '2']);
    const load = attached.run('pgbench', ['-n', '-c', '2', '-T', '8']);
    await systemClock.sleep(1_000);
    historyAtStart = Number(await cluster.sql('SELECT count(*) FROM pgbench_history'));
    record = await takeBaseBackup(
      { holder: 'test', checkpoint: 'fast', timeoutMs: 60_000, partBytes: PART_BYTES, parallel: 2 },
      {
        store,
        lineage,
        server,
        log,
        clock: systemClock,
        source: streamedBaseBackups(attached.connection),
        report: (progress) => reports.push(progress),
      },
    );
    await load;
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  test('is recorded last, as it is returned', async () => {
    const { store, lineage } = cluster;
    expect(await getRecord(store, lineage.keys.backup(record.id).record, BackupRecord)).toEqual(
      record,
    );
    expect(log.events.at(0)).toBe('backup.started');
    expect(log.events.at(-1)).toBe('backup.completed');
  });

  test('names objects that are all there with their sizes', async () => {
    const folder = cluster.lineage.keys.backup(record.id).prefix;
    const heads = await Array.fromAsync(cluster.store.list(folder));
    const stored = new Map(heads.map(({ key, bytes }) => [key.slice(folder.length), bytes]));
    stored.delete('backup.json');
    const named = [...record.parts, record.manifest];
    expect(stored).toEqual(new Map(named.map(({ name, storedBytes }) => [name, storedBytes])));
    expect(record.parts.length).toBeGreaterThan(2);
  });

  test('says when, from where to where, and of what server', async () => {
    const { serverVersion, systemIdentifier } = await cluster.server.describe();
    expect(record).toMatchObject({ kind: 'full', timeline: 1, serverVersion, systemIdentifier });
    expect(record.stopLsn).toBeGreaterThan(record.startLsn);
    expect(record.finishedAt.getTime()).toBeGreaterThan(record.startedAt.getTime());
    expect(record.id).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-00000001-${record.startSegment}$`));
    expect(record.settings['wal_level']).toBe('replica');
    expect(record.collations.map(({ database }) => database)).toContain('postgres');
    expect(record.checksumFailures).toEqual([]);
  });

  test('has all WAL from its start to its stop in the store', async () => {
    const { store, lineage } = cluster;
    for (const segment of [record.startSegment, record.stopSegment]) {
      expect(await store.head(lineage.keys.wal(segment))).toBeDefined();
    }
  });

  test('reports every phase in order, and how far it is', () => {
    const phases = reports
      .map(({ phase }) => phase)
      .filter((phase, i, all) => phase !== all[i - 1]);
    expect(phases.at(0)).toBe('checking the archive');
    expect(phases.at(-1)).toBe('writing the record');
    const copied = reports.at(-1)?.doneBytes ?? 0;
    expect(copied).toBeGreaterThan(PART_BYTES);
  });

  test('is restored by hand with zstd and tar, verified, and consistent', async () => {
    const { store, lineage, instance, dropFolder } = cluster;
    const restored = await cluster.makeFolder('restored');
    const asOwner = { ...toolProcess({}), cwd: restored };
    const keys = lineage.keys.backup(record.id);
    for (const [index] of record.parts.entries()) {
      const { chunks } = await store.get(keys.part(index + 1));
      const input = Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk)));
      await execa({ ...asOwner, input, encoding: 'buffer' })`zstd -dc`.pipe({
        ...asOwner,
      })`tar -xf -`;
    }
    const { chunks } = await store.get(keys.manifest);
    await writeFile(
      join(restored, 'backup_manifest'),
      Buffer.concat(await Array.fromAsync(chunks, (chunk) => Buffer.from(chunk))),
    );
    await execa(asOwner)`${join(instance.binDirectory, 'pg_verifybackup')} -n ${restored}`;

    await writeFile(join(restored, 'recovery.signal'), '');
    const settings = { archive_mode: 'off', restore_command: `cp ${dropFolder}/%f %p` };
    const logFile = join(restored, '..', 'restored.log');
    const again = await attachServer(instance, { dataDirectory: restored, logFile, settings });
    onTestFinished(async () => again[Symbol.asyncDispose]());
    expect(await again.run('psql', ['-XAtq', '-c', BALANCES])).toBe('t');
    const rows = await again.run('psql', ['-XAtq', '-c', 'SELECT count(*) FROM pgbench_history']);
    expect(Number(rows)).toBeGreaterThanOrEqual(historyAtStart);
    expect(await readdir(restored)).not.toContain('backup_label');
  });
});
