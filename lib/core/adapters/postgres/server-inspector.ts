import type {
  ConfigurationError,
  RoleFacts,
  ServerInspector,
  SessionFacts,
  SlotFacts,
} from '../../ports/server-inspector.ts';
import type { ConnectionOptions } from './connection.ts';
import { sessionCalls } from './session-calls.ts';
import { onlyRow, withSession } from './sql-session.ts';

interface SlotRow extends Omit<SlotFacts, 'walStatus' | 'retainedBytes'> {
  readonly walStatus: string | null;
  readonly retained: string;
}

interface DatabaseRow {
  readonly name: string;
  readonly recorded: string | null;
  readonly actual: string | null;
  readonly failures: string;
}

/** The running server that `connection` reaches; every question opens a session of its own. */
export function openServerInspector(connection: ConnectionOptions): ServerInspector {
  const { call, close } = sessionCalls(connection);
  return {
    session: async (options) =>
      call(options, async (sql) =>
        onlyRow(
          await sql<SessionFacts[]>`
            SELECT rolname AS user,
                   rolsuper AS "isSuperuser",
                   pg_has_role(rolname, 'pg_monitor', 'USAGE') AS "isMonitor",
                   rolreplication OR rolsuper AS "mayReplicate",
                   has_function_privilege(rolname, 'pg_switch_wal()', 'EXECUTE')
                     AS "maySwitchWal",
                   coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
                     AS "isEncrypted",
                   coalesce(inet_client_addr() = inet_server_addr(), true) AS "isLocal"
              FROM pg_roles
             WHERE rolname = session_user`,
        ),
      ),
    settings: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ name: string; setting: string | null }[]>`
          SELECT name, setting FROM pg_settings`;
        return new Map(rows.map(({ name, setting }) => [name, setting ?? '']));
      }),
    configurationErrors: async (options) =>
      call(options, async (sql) => {
        // What only waits for a restart is told as an error too, in the server's own language.
        const rows = await sql<ConfigurationError[]>`
          SELECT sourcefile AS file, sourceline AS line, error
            FROM pg_file_settings f
           WHERE error IS NOT NULL
             AND NOT EXISTS (SELECT FROM pg_settings s WHERE s.pending_restart AND s.name = f.name)
           UNION ALL
          SELECT current_setting('hba_file'), line_number, error
            FROM pg_hba_file_rules WHERE error IS NOT NULL
           UNION ALL
          SELECT current_setting('ident_file'), line_number, error
            FROM pg_ident_file_mappings WHERE error IS NOT NULL
           ORDER BY 1, 2`;
        return [...rows];
      }),
    slots: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<SlotRow[]>`
          SELECT slot_name AS name, slot_type AS kind, active AS "isActive",
                 wal_status AS "walStatus",
                 coalesce(pg_wal_lsn_diff(
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                        ELSE pg_current_wal_lsn() END, restart_lsn), 0)::text AS retained
            FROM pg_replication_slots
           WHERE NOT temporary
           ORDER BY slot_name`;
        return rows.map(({ walStatus, retained, ...slot }) => ({
          ...slot,
          walStatus: walStatus ?? undefined,
          retainedBytes: Math.max(0, Number(retained)),
        }));
      }),
    senders: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ max: number; used: number }[]>`
          SELECT current_setting('max_wal_senders')::int AS max,
                 (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'walsender')
                   AS used`;
        return onlyRow(rows);
      }),
    prepared: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ count: number; oldestSec: number }[]>`
          SELECT count(*)::int AS count,
                 coalesce(extract(epoch FROM max(now() - prepared)), 0)::float8 AS "oldestSec"
            FROM pg_prepared_xacts`;
        return onlyRow(rows);
      }),
    databases: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<DatabaseRow[]>`
          SELECT d.datname AS name, d.datcollversion AS recorded,
                 pg_database_collation_actual_version(d.oid) AS actual,
                 coalesce(s.checksum_failures, 0)::text AS failures
            FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid
           UNION ALL
          SELECT 'shared objects', NULL, NULL, coalesce(checksum_failures, 0)::text
            FROM pg_stat_database WHERE datid = 0
           ORDER BY 1`;
        return rows.map(({ name, recorded, actual, failures }) => ({
          name,
          recordedVersion: recorded ?? undefined,
          actualVersion: actual ?? undefined,
          checksumFailures: Number(failures),
        }));
      }),
    unloggedTables: async (options) => {
      const names = await call(options, async (sql) => {
        const rows = await sql<{ name: string }[]>`
          SELECT datname AS name FROM pg_database WHERE datallowconn ORDER BY datname`;
        return rows.map(({ name }) => name);
      });
      const found: { readonly name: string; readonly count: number }[] = [];
      for (const name of names) {
        const count = await withSession(
          { ...connection, database: name },
          options ?? {},
          async (sql) => {
            const rows = await sql<{ count: number }[]>`
              SELECT count(*)::int AS count
                FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'`;
            return onlyRow(rows).count;
          },
        );
        if (count > 0) found.push({ name, count });
      }
      const count = found.reduce((sum, one) => sum + one.count, 0);
      return { count, databases: found.map(({ name }) => name) };
    },
    roles: async (names, options) =>
      call(options, async (sql) => {
        const rows = await sql<RoleFacts[]>`
          SELECT rolname AS name, rolcanlogin AS "mayLogin", rolreplication AS "mayReplicate",
                 has_function_privilege(rolname, 'pg_switch_wal()', 'EXECUTE') AS "maySwitchWal",
                 pg_has_role(rolname, 'pg_monitor', 'USAGE') AS "isMonitor"
            FROM pg_roles
           WHERE rolname IN ${sql([...names])}
           ORDER BY rolname`;
        return [...rows];
      }),
    archiveQueue: async (options) =>
      call(options, async (sql) => {
        const rows = await sql<{ ready: number; oldestSec: number }[]>`
          SELECT count(*)::int AS ready,
                 coalesce(greatest(extract(epoch FROM max(now() - modification)), 0), 0)::float8
                   AS "oldestSec"
            FROM pg_ls_archive_statusdir()
           WHERE name LIKE '%.ready'`;
        return onlyRow(rows);
      }),
    [Symbol.asyncDispose]: close,
  };
}
