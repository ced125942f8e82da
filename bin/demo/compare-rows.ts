import type { LedgerRow } from './ledger.ts';
import type { TableSnapshot } from './table-snapshot.ts';

/** All rows at one moment: the ledger's from the model or a server, pgbench's, the heartbeat's. */
export interface Rows {
  readonly ledger: ReadonlyMap<string, LedgerRow>;
  readonly tables: TableSnapshot;
  readonly heartbeat: string;
}

/** What a comparison row by row found. */
export interface Comparison {
  /** Rows that had been committed. */
  readonly committed: number;
  /** Of those, rows that came back exactly as they were. */
  readonly recovered: number;
  /** Committed rows that are missing or differ, by name. */
  readonly lost: readonly string[];
  /** Rows that nobody had committed by then. */
  readonly unexpectedCount: number;
}

/** Compares every row, never a count of rows. */
export function compareRows(expected: Rows, actual: Rows): Comparison {
  const want = keyed(expected);
  const have = keyed(actual);
  const lost = [...want].filter(([name, row]) => have.get(name) !== row).map(([name]) => name);
  const unexpected = [...have.keys()].filter((name) => !want.has(name));
  return {
    committed: want.size,
    recovered: want.size - lost.length,
    lost,
    unexpectedCount: unexpected.length,
  };
}

/** Name of a ledger row in a {@link Comparison}. */
export function ledgerName(id: string): string {
  return `ledger ${id}`;
}

/** Every row under a name of its own. */
function keyed({ ledger, tables, heartbeat }: Rows): ReadonlyMap<string, string> {
  const rows = new Map<string, string>([['heartbeat', heartbeat]]);
  for (const [id, { account, amountCents, memo }] of ledger) {
    rows.set(ledgerName(id), JSON.stringify([account, amountCents, memo]));
  }
  for (const [table, lines] of tables) {
    // Tables without a key may hold the same row twice: the how-manieth it is belongs to its name.
    const seen = new Map<string, number>();
    for (const line of lines) {
      const nth = (seen.get(line) ?? 0) + 1;
      seen.set(line, nth);
      rows.set(`${table} ${line} #${nth}`, line);
    }
  }
  return rows;
}
