import postgres from 'postgres';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { Rows } from './compare-rows.ts';
import { createLedger, type LedgerModel, readLedger, startLedgerWriter } from './ledger.ts';
import { snapshotTables } from './table-snapshot.ts';

/** A load that runs until it is stopped, or disposed. */
export interface Workload extends AsyncDisposable {
  /** Ends it between two transactions; gives all that it committed. */
  stop(): Promise<LedgerModel>;
}

/** Ids of one load's writer, so that loads never meet. */
const IDS_PER_LOAD = 10_000_000;
/** Longer than any demo: pgbench is stopped well before. */
const PGBENCH_SEC = 600;

/** Runs `work` with a connection to `server`, which is closed afterwards. */
export async function withConnection<T>(
  server: AttachedServer,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const sql = connect(server.connection);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Makes the tables of the load: pgbench's and the ledger. */
export async function prepareTables(server: AttachedServer): Promise<void> {
  await server.run('pgbench', ['--initialize', '--quiet']);
  await withConnection(server, createLedger);
}

/** Starts pgbench with two clients, and the ledger's writer, on `server`. */
export function startWorkload(server: AttachedServer, nth: number): Workload {
  const sql = connect(server.connection);
  const writer = startLedgerWriter(sql, 1 + nth * IDS_PER_LOAD);
  const ended = new AbortController();
  const options = { signal: ended.signal, timeoutMs: 2 * PGBENCH_SEC * 1_000 };
  const bench = server
    .run('pgbench', ['--no-vacuum', '--client=2', `--time=${PGBENCH_SEC}`], options)
    // Stopping it is how it ends; what it committed is read from the tables.
    .catch(() => undefined);
  const end = async (): Promise<LedgerModel> => {
    try {
      return await writer.stop();
    } finally {
      await sql.end({ timeout: 5 });
      ended.abort();
      await bench;
    }
  };
  let ending: Promise<LedgerModel> | undefined;
  return {
    stop: async () => (ending ??= end()),
    [Symbol.asyncDispose]: async () => {
      // Whoever wanted to know how it went has called stop.
      await (ending ??= end()).catch(() => undefined);
    },
  };
}

/** The damage: the ledger itself. */
export async function dropLedger(sql: postgres.Sql): Promise<void> {
  await sql`DROP TABLE ledger`;
}

function connect({ host, port, user, database }: ConnectionOptions): postgres.Sql {
  return postgres({ host, port, user, database, max: 1, onnotice: () => undefined });
}

/** Every row a server has. */
export async function readRows(sql: postgres.Sql): Promise<Rows> {
  const ledger = await readLedger(sql);
  const tables = await snapshotTables(sql);
  return { ledger, tables, heartbeat: await readHeartbeat(sql) };
}

/** The heartbeat to the microsecond. */
async function readHeartbeat(sql: postgres.Sql): Promise<string> {
  const rows = await sql<{ beat: string }[]>`SELECT beat::text FROM holdfast.heartbeat`;
  return rows[0]?.beat ?? '(none)';
}

/**
 * Waits until pgbench's last transaction is over.
 *
 * @throws {@link OpsError} `PG-TIMEOUT` when it still runs after five seconds.
 */
export async function awaitQuiet(sql: postgres.Sql, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const [row] = await sql<{ busy: number }[]>`
      SELECT count(*)::int AS busy FROM pg_stat_activity WHERE application_name = 'pgbench'`;
    if (row?.busy === 0) return;
    await clock.sleep(50);
  }
  throw new OpsError('PG-TIMEOUT', 'pgbench did not end within 5 s of being told to', {
    hint: 'the machine is very busy: run the demo again',
  });
}
