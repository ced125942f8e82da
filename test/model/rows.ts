/** One effect of a transaction; ids are given once and never again. */
export type Change =
  | { readonly kind: 'create'; readonly table: string }
  | { readonly kind: 'drop'; readonly table: string }
  | { readonly kind: 'put'; readonly table: string; readonly id: number; readonly payload: string }
  | { readonly kind: 'delete'; readonly table: string; readonly id: number };

/** Tables by name, each with its rows by id. */
export type Rows = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** `rows` after `changes`. */
export function applyChanges(rows: Rows, changes: readonly Change[]): Rows {
  const next = new Map([...rows].map(([table, content]) => [table, new Map(content)]));
  makeChanges(next, changes);
  return next;
}

/** Makes `changes` in `rows` itself. */
export function makeChanges(
  rows: Map<string, Map<number, string>>,
  changes: readonly Change[],
): void {
  for (const change of changes) {
    const { table } = change;
    if (change.kind === 'create') rows.set(table, new Map());
    else if (change.kind === 'drop') rows.delete(table);
    else if (change.kind === 'put') rows.get(table)?.set(change.id, change.payload);
    else rows.get(table)?.delete(change.id);
  }
}

const SHOWN_BYTES = 60;

/** The first difference between what is expected and what is there; `undefined` when there is none. */
export function differenceOf(expected: Rows, actual: Rows): string | undefined {
  for (const table of new Set([...expected.keys(), ...actual.keys()])) {
    const wanted = expected.get(table);
    const found = actual.get(table);
    if (wanted === undefined) return `table ${table} should not exist`;
    if (found === undefined) return `table ${table} is missing`;
    for (const id of new Set([...wanted.keys(), ...found.keys()])) {
      if (wanted.get(id) === found.get(id)) continue;
      return `${table} row ${id} should be ${shown(wanted.get(id))}, is ${shown(found.get(id))}`;
    }
  }
  return undefined;
}

/** How many tables and rows there are, in words. */
export function countRows(rows: Rows): string {
  return [...rows].map(([table, content]) => `${table} ${content.size}`).join(', ') || 'no table';
}

function shown(payload: string | undefined): string {
  if (payload === undefined) return 'absent';
  return payload.length <= SHOWN_BYTES ? payload : `${payload.slice(0, SHOWN_BYTES)}…`;
}
