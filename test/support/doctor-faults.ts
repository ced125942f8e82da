import { appendFile, chmod, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProtectedCluster } from './protected-cluster.ts';
import { until } from './until.ts';
import { hideObject } from './store-tampering.ts';

/** One thing that is broken. */
export interface Fault {
  readonly what: string;
  readonly inject: () => Promise<unknown>;
  /** The status of each check that is not ok any more; the first is the one meant. */
  readonly changes: Readonly<Record<string, string>>;
  /** What mends it. @default - the fix that the doctor prints for that one */
  readonly mend?: () => Promise<unknown>;
}

/** What can be broken: a cluster with an agent, a backup, and some WAL behind it. */
export interface FaultScene {
  readonly cluster: ProtectedCluster;
  /** The last of the archive, in order. */
  readonly segments: readonly string[];
  stopAgent(): Promise<unknown>;
  startAgent(): Promise<unknown>;
}

const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const NEVER = new Date('2040-01-01T00:00:00Z');

/** Faults in every area; `it` is called once the scene is set. */
export function doctorFaults(it: () => FaultScene): readonly Fault[] {
  let show = async (): Promise<void> => undefined;
  return [
    {
      what: 'fsync is off',
      inject: async () => set(it().cluster, 'fsync', 'off'),
      changes: { fsync: 'fail' },
    },
    {
      what: 'no archive_timeout',
      inject: async () => set(it().cluster, 'archive_timeout', '0'),
      changes: { 'archive-timeout': 'fail' },
    },
    {
      what: 'commits that do not wait for the disk',
      inject: async () => set(it().cluster, 'synchronous_commit', 'off'),
      changes: { 'synchronous-commit': 'warn' },
    },
    {
      what: "another tool's archive_command",
      inject: async () => set(it().cluster, 'archive_command', 'false'),
      changes: { 'archive-command': 'fail' },
    },
    {
      what: 'a setting that waits for a restart',
      inject: async () => setSenders(it().cluster, '20', 't'),
      changes: { 'pending-restart': 'warn' },
      mend: async () => setSenders(it().cluster, '10', 'f'),
    },
    {
      what: 'a slot that nobody reads',
      inject: async () =>
        it().cluster.sql("SELECT pg_create_physical_replication_slot('forgotten', true)"),
      changes: { slots: 'warn' },
    },
    {
      what: 'a role without its right',
      inject: async () => it().cluster.sql('ALTER ROLE holdfast_backup NOREPLICATION'),
      changes: { 'server-roles': 'fail' },
    },
    {
      what: 'no heartbeat table',
      inject: async () => it().cluster.sql('DROP TABLE holdfast.heartbeat'),
      changes: { 'heartbeat-table': 'fail' },
    },
    {
      what: 'a collation of another version',
      inject: async () => it().cluster.sql("UPDATE pg_database SET datcollversion = '1'"),
      changes: { 'collation-versions': 'warn' },
      mend: async () => it().cluster.sql('UPDATE pg_database SET datcollversion = NULL'),
    },
    {
      what: 'a data directory that others may enter',
      inject: async () => chmod(it().cluster.server.dataDirectory, 0o755),
      changes: { 'data-dir-mode': 'fail' },
    },
    {
      what: 'a label of a backup that was broken off',
      inject: async () => writeFile(join(it().cluster.server.dataDirectory, 'backup_label'), ''),
      changes: { 'data-dir-left-overs': 'fail' },
      mend: async () => {
        const label = join(it().cluster.server.dataDirectory, 'backup_label');
        await rename(label, join(it().cluster.directory, 'old_label'));
      },
    },
    {
      what: 'a spool that others may enter',
      inject: async () => chmod(it().cluster.spool, 0o755),
      changes: { 'spool-safe': 'fail' },
    },
    {
      what: 'an archive script of another version',
      inject: async () => appendFile(join(it().cluster.spool, 'archive-command'), '# changed\n'),
      changes: { 'spool-script': 'warn' },
    },
    {
      what: 'a file in the archive that is not PostgreSQL’s',
      inject: async () => writeFile(await walPath(it(), 'note'), ''),
      changes: { strangers: 'warn' },
      mend: async () => rm(await walPath(it(), 'note')),
    },
    {
      what: 'an object from the future',
      inject: async () => utimes(await walPath(it(), ''), NEVER, NEVER),
      changes: { 'store-clock': 'fail' },
      mend: async () => utimes(await walPath(it(), ''), LONG_AGO, LONG_AGO),
    },
    {
      what: 'a gap behind the backup, long after its segments came',
      inject: async () => {
        const { keys } = await it().cluster.lineage();
        const [missing = '', behind = ''] = it().segments;
        show = await hideObject(it().cluster.store, keys.wal(missing));
        await utimes(join(it().cluster.storeDirectory, keys.wal(behind)), LONG_AGO, LONG_AGO);
      },
      changes: { 'archive-gaps': 'fail', 'recoverable-point': 'warn' },
      mend: async () => show(),
    },
    {
      what: 'no agent',
      inject: async () => {
        // No segment may end by itself: its one-shot push would beat too.
        await set(it().cluster, 'archive_timeout', '900');
        await it().cluster.drained();
        await it().stopAgent();
        // Else it looks alive for a few seconds.
        await rm(join(it().cluster.spool, 'heartbeat'));
      },
      changes: { 'agent-heartbeat': 'fail', 'agent-lock': 'skipped' },
      mend: async () => it().startAgent(),
    },
  ];
}

async function set(cluster: ProtectedCluster, name: string, value: string): Promise<void> {
  await cluster.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await cluster.sql('SELECT pg_reload_conf()');
  const now = `SELECT setting FROM pg_settings WHERE name = '${name}'`;
  await until(`${name} is ${value}`, async () => (await cluster.sql(now)) === value);
}

async function setSenders(cluster: ProtectedCluster, to: string, waits: string): Promise<void> {
  await cluster.sql(`ALTER SYSTEM SET max_wal_senders = ${to}`);
  await cluster.sql('SELECT pg_reload_conf()');
  const now = "SELECT pending_restart FROM pg_settings WHERE name = 'max_wal_senders'";
  await until('the file was read', async () => (await cluster.sql(now)) === waits);
}

/** A file of the archive; that of the last segment when it has no name. */
async function walPath({ cluster, segments }: FaultScene, name: string): Promise<string> {
  const { keys } = await cluster.lineage();
  const key = name === '' ? keys.wal(segments.at(-1) ?? '') : `${keys.walPrefix}${name}`;
  return join(cluster.storeDirectory, key);
}
