import type { Random } from './random.ts';
import { applyChanges, type Change, type Rows } from './rows.ts';

/** What a new transaction may touch. */
export interface Writable {
  readonly rows: Rows;
  /** Changes of transactions that have not ended: their rows are locked, and their tables stay. */
  readonly pending: readonly Change[];
  /** Whether tables may come and go. */
  readonly schema: boolean;
  readonly nextNumber: () => number;
}

const MOST_CHANGES = 5;
const MOST_TABLES = 4;
/** With segments of 1 MiB, three rows of this size make a transaction that spans several. */
const HUGE_BYTES = 700_000;
const LARGE_BYTES = 9_000;
const SMALL_BYTES = 60;
const UNIT = 'lorem ipsum ';

/** Changes that one transaction can make to `writable`, one after the other; maybe none. */
export function composeChanges(random: Random, writable: Writable): readonly Change[] {
  const changes: Change[] = [];
  const isHuge = random.chance(0.04);
  const wanted = isHuge ? 3 : 1 + random.below(MOST_CHANGES);
  let { rows } = writable;
  for (let index = 0; index < wanted; index += 1) {
    const change = oneChange(random, { ...writable, rows }, isHuge ? HUGE_BYTES : undefined);
    if (change === undefined) continue;
    changes.push(change);
    rows = applyChanges(rows, [change]);
  }
  return changes;
}

function oneChange(
  random: Random,
  writable: Writable,
  bytes: number | undefined,
): Change | undefined {
  const { rows, pending, schema, nextNumber } = writable;
  const tables = [...rows.keys()];
  const kind =
    tables.length === 0
      ? 'create'
      : random.weighted([
          { kind: 'insert', weight: 6 },
          { kind: 'update', weight: bytes === undefined ? 4 : 0 },
          { kind: 'delete', weight: bytes === undefined ? 2 : 0 },
          { kind: 'create', weight: schema && tables.length < MOST_TABLES ? 0.5 : 0 },
          { kind: 'drop', weight: schema && tables.length > 1 ? 0.3 : 0 },
        ] as const).kind;
  if (kind === 'create') return { kind, table: `t${nextNumber()}` };
  const table = random.pick(tables);
  if (kind === 'drop') {
    const isFree = pending.every((change) => change.table !== table);
    return isFree ? { kind, table } : undefined;
  }
  if (kind === 'insert') return { ...newRow(random, nextNumber(), bytes), table };
  const locked = new Set(
    pending.flatMap((change) => ('id' in change && change.table === table ? [change.id] : [])),
  );
  const free = [...(rows.get(table)?.keys() ?? [])].filter((id) => !locked.has(id));
  if (free.length === 0) return undefined;
  const id = random.pick(free);
  return kind === 'delete'
    ? { kind, table, id }
    : { ...newRow(random, nextNumber(), undefined), table, id };
}

function newRow(
  random: Random,
  number: number,
  bytes = random.chance(0.1) ? LARGE_BYTES : SMALL_BYTES,
): { readonly kind: 'put'; readonly id: number; readonly payload: string } {
  const text = UNIT.repeat(1 + Math.floor(random.below(bytes) / UNIT.length));
  return { kind: 'put', id: number, payload: `${text}${number}` };
}

/** Statements that make `change`. Rows are stored as they are, so that their size is that of their WAL. */
export function statementsOf(change: Change, rows: Rows): readonly string[] {
  const { table } = change;
  if (change.kind === 'create') {
    return [
      `CREATE TABLE ${table} (id int PRIMARY KEY, payload text NOT NULL)`,
      `ALTER TABLE ${table} ALTER payload SET STORAGE EXTERNAL`,
    ];
  }
  if (change.kind === 'drop') return [`DROP TABLE ${table}`];
  if (change.kind === 'delete') return [`DELETE FROM ${table} WHERE id = ${change.id}`];
  const { id, payload } = change;
  return rows.get(table)?.has(id) === true
    ? [`UPDATE ${table} SET payload = '${payload}' WHERE id = ${id}`]
    : [`INSERT INTO ${table} VALUES (${id}, '${payload}')`];
}
