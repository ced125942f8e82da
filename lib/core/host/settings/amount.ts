export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** @see PostgreSQL memory_unit_conversion_table, src/backend/utils/misc/guc.c */
const MEMORY_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: KIB,
  MB: MIB,
  GB: GIB,
  TB: 1024 * GIB,
};

/**
 * An amount of memory as PostgreSQL reads it.
 *
 * @param unitBytes - what a number without a unit counts in: 8,192 for `shared_buffers`.
 * @returns bytes, or `undefined` for what PostgreSQL would not take.
 * @see PostgreSQL parse_int, src/backend/utils/misc/guc.c
 * @example parseMemory('1.5GB', KIB) // 1610612736
 */
export function parseMemory(text: string, unitBytes: number): number | undefined {
  const [, digits = '', unit] = /^\s*(.*?\d\.?)\s*([kMGT]?B)?\s*$/.exec(text) ?? [];
  const number = parseNumber(digits);
  if (number === undefined) return undefined;
  const bytes = number * (unit === undefined ? unitBytes : (MEMORY_UNITS[unit] ?? Number.NaN));
  return Math.round(bytes / unitBytes) * unitBytes;
}

/** A number as PostgreSQL reads it: decimal, hexadecimal or octal. */
export function parseNumber(text: string): number | undefined {
  const [, sign = '', digits = ''] = /^\s*([+-]?)(\S+)\s*$/.exec(text) ?? [];
  const value = unsigned(digits);
  return value === undefined ? undefined : value * (sign === '-' ? -1 : 1);
}

function unsigned(digits: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(digits)) return Number.parseInt(digits, 16);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return /^((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : undefined;
}

/**
 * Bytes, a multiple of 1 KiB, in the largest unit that leaves no fraction: as PostgreSQL shows them.
 *
 * @example memory(4 * GIB) // '4GB'
 */
export function memory(bytes: number): string {
  if (bytes % GIB === 0) return `${bytes / GIB}GB`;
  if (bytes % MIB === 0) return `${bytes / MIB}MB`;
  return `${bytes / KIB}kB`;
}

/** The largest multiple of 1 MiB that is not more. */
export function wholeMiB(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}

/** `value`, or the bound that it lies beyond. The lower one decides when the two contradict. */
export function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
