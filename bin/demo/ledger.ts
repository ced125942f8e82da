import type postgres from 'postgres';

/** One row of the ledger, as text throughout, so that comparing loses nothing. */
export interface LedgerRow {
  readonly id: string;
  readonly account: string;
  readonly amountCents: string;
  readonly memo: string;
}

/** What was committed, kept outside PostgreSQL: a row is here only after COMMIT returned. */
export interface LedgerModel {
  readonly rows: ReadonlyMap<string, LedgerRow>;
  /** Number of the transaction that last touched a row, by the row's id. */
  readonly commitOf: ReadonlyMap<string, number>;
}

/** Keeps writing transactions until it is stopped. */
export interface LedgerWriter {
  /** Ends between two transactions; resolves with all that was committed since the start. */
  stop(): Promise<LedgerModel>;
}

/** Creates the ledger. */
export async function createLedger(sql: postgres.Sql): Promise<void> {
  await sql`
    CREATE TABLE ledger (
      id bigint PRIMARY KEY,
      account text NOT NULL,
      amount_cents bigint NOT NULL,
      memo text NOT NULL
    )`;
}

/**
 * Starts transactions of one to four new rows, every fourth of which also corrects an older row, and
 * moves the heartbeat with each.
 *
 * @param firstId - ids count up from here, so that several writers never meet.
 */
export function startLedgerWriter(sql: postgres.Sql, firstId: number): LedgerWriter {
  const rows = new Map<string, LedgerRow>();
  const commitOf = new Map<string, number>();
  let commits = 0;
  const stopped = new AbortController();
  let nextId = firstId;
  const writing = write();
  // A writer that fails is reported when it is stopped, not as an unhandled rejection before.
  writing.catch(() => undefined);
  return {
    stop: async () => {
      stopped.abort();
      await writing;
      return { rows, commitOf };
    },
  };

  async function write(): Promise<void> {
    while (!stopped.signal.aborted) {
      const batch = Array.from({ length: 1 + (commits % 4) }, () => newRow(nextId++));
      const corrected = commits % 4 === 3 ? correction(rows.get(String(nextId - 8))) : undefined;
      await sql.begin(async (transaction) => {
        for (const row of batch) await insert(transaction, row);
        if (corrected !== undefined) await correct(transaction, corrected);
        await transaction`UPDATE holdfast.heartbeat SET beat = clock_timestamp()`;
      });
      for (const row of corrected === undefined ? batch : [...batch, corrected]) {
        rows.set(row.id, row);
        commitOf.set(row.id, commits);
      }
      commits += 1;
    }
  }
}

/** Every row of the ledger that a server has, by id. */
export async function readLedger(sql: postgres.Sql): Promise<ReadonlyMap<string, LedgerRow>> {
  const rows = new Map<string, LedgerRow>();
  const query = sql<LedgerRow[]>`
    SELECT id::text, account, amount_cents::text AS "amountCents", memo FROM ledger ORDER BY ledger.id`;
  for await (const batch of query.cursor(1_000)) {
    for (const row of batch) rows.set(row.id, row);
  }
  return rows;
}

function newRow(id: number): LedgerRow {
  const text = crypto.randomUUID();
  return {
    id: String(id),
    account: `ACC-${text.slice(0, 4)}`,
    amountCents: String(Number.parseInt(text.slice(0, 8), 16) - 2 ** 31),
    memo: `entry ${text}`,
  };
}

function correction(row: LedgerRow | undefined): LedgerRow | undefined {
  return row && { ...row, memo: `${row.memo}, corrected` };
}

async function insert(sql: postgres.TransactionSql, row: LedgerRow): Promise<void> {
  await sql`INSERT INTO ledger VALUES (${row.id}, ${row.account}, ${row.amountCents}, ${row.memo})`;
}

async function correct(sql: postgres.TransactionSql, row: LedgerRow): Promise<void> {
  await sql`UPDATE ledger SET memo = ${row.memo} WHERE id = ${row.id}`;
}
