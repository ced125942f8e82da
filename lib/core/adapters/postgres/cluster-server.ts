import type { ClusterServer } from '../../ports/cluster-server.ts';
import { parseLsn } from '../../wal/lsn.ts';
import type { ConnectionOptions } from './connection.ts';
import { describeServer } from './server-description.ts';
import { sessionCalls } from './session-calls.ts';
import { onlyRow } from './sql-session.ts';

interface ArchiverRow {
  readonly archived_count: string;
  readonly last_archived_wal: string | null;
  readonly last_archived_time: Date | null;
  readonly failed_count: string;
  readonly last_failed_wal: string | null;
  readonly last_failed_time: Date | null;
}

interface ProgressRow {
  readonly phase: string;
  readonly backup_streamed: string | null;
  readonly backup_total: string | null;
}

/** The running server that `connection` reaches; every call opens and closes a connection of its own. */
export function openClusterServer(connection: ConnectionOptions): ClusterServer {
  const { call, close } = sessionCalls(connection);
  return {
    describe: async (options) => call(options, describeServer),
    now: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
        return onlyRow(rows).now;
      }),
    currentLsn: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ lsn: string }[]>`
          SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                      ELSE pg_current_wal_insert_lsn() END AS lsn`;
        return parseLsn(onlyRow(rows).lsn);
      }),
    switchWal: async (options) =>
      call(options, async (sql) => {
        // A switch in an empty segment does nothing: the record before it makes it not empty. Both
        // are one statement, so that a busy server hardly ever ends the segment between them.
        const rows = await sql<{ lsn: string }[]>`
          WITH note AS MATERIALIZED (
            SELECT pg_logical_emit_message(false, 'holdfast', ${options?.note ?? ''}::text))
          SELECT pg_switch_wal() AS lsn FROM note`;
        return parseLsn(onlyRow(rows).lsn);
      }),
    archiver: async (options) =>
      call(options, async (sql) => {
        const row = onlyRow(await sql<ArchiverRow[]>`SELECT * FROM pg_stat_archiver`);
        return {
          archivedCount: Number(row.archived_count),
          lastArchivedFile: row.last_archived_wal ?? undefined,
          lastArchivedAt: row.last_archived_time ?? undefined,
          failedCount: Number(row.failed_count),
          lastFailedFile: row.last_failed_wal ?? undefined,
          lastFailedAt: row.last_failed_time ?? undefined,
        };
      }),
    baseBackupProgress: async (applicationName, options) =>
      call(options, async (sql) => {
        const [row] = await sql<ProgressRow[]>`
          SELECT phase, backup_streamed, backup_total
            FROM pg_stat_progress_basebackup JOIN pg_stat_activity USING (pid)
           WHERE application_name = ${applicationName}
           LIMIT 1`;
        if (row === undefined) return undefined;
        return {
          phase: row.phase,
          streamedBytes: Number(row.backup_streamed ?? 0),
          totalBytes: row.backup_total === null ? undefined : Number(row.backup_total),
        };
      }),
    [Symbol.asyncDispose]: close,
  };
}
