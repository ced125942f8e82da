/** How many of the next smaller unit make one, from the largest to the smallest. */
type Units = readonly (readonly [name: string, base: number])[];

const KIB = 1_024;
/** In bytes. */
const MEMORY: Units = [
  ['TB', KIB ** 4],
  ['GB', KIB ** 3],
  ['MB', KIB ** 2],
  ['kB', KIB],
  ['B', 1],
];
/** In microseconds. */
const TIME: Units = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['min', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
  ['us', 1],
];

/**
 * `amount` of `unit` in units of `base`, as a server counts it: what is no whole number of the unit
 * is first rounded to a whole number of the next smaller one.
 *
 * @param base - as `pg_settings.unit` gives it, such as `8kB`, `MB` or `s`.
 * @returns `undefined` when there is no such unit, or not for this base. Units are case-sensitive.
 * @see convert_to_base_unit in PostgreSQL's src/backend/utils/misc/guc.c
 */
export function toBaseUnit(amount: number, unit: string, base: string): number | undefined {
  const [, count = '', name = ''] = /^(\d*)([A-Za-z]+)$/.exec(base) ?? [];
  const table = [MEMORY, TIME].find((units) => units.some(([one]) => one === name));
  if (table === undefined) return undefined;
  const size = sizeOf(table, name) * (count === '' ? 1 : Number(count));
  const index = table.findIndex(([one]) => one === unit);
  const found = table[index];
  if (found === undefined) return undefined;
  const value = amount * (found[1] / size);
  const smaller = table[index + 1];
  if (smaller === undefined) return value;
  const step = smaller[1] / size;
  return roundHalfEven(value / step) * step;
}

/** As C's rint does. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function sizeOf(table: Units, name: string): number {
  return table.find(([one]) => one === name)?.[1] ?? 1;
}
