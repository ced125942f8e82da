/** Microseconds since 1970-01-01 UTC: the precision of PostgreSQL's clock, which `Date` cuts to milliseconds. */
export type Micros = bigint;

const MICROS_PER_MILLI = 1000n;
/** PostgreSQL counts time from 2000-01-01 UTC. */
const POSTGRES_EPOCH: Micros = BigInt(Date.UTC(2000, 0, 1)) * MICROS_PER_MILLI;
/** Years 1970 to 9999: what a server's clock can say and a text with four digits can hold. */
const MAX_MICROS: Micros = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59, 999)) * MICROS_PER_MILLI;
const TEXT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})(\d{3})Z$/;

/** The moment that a `TimestampTz` of PostgreSQL names; `undefined` for one no clock would say. */
export function fromPostgresTime(timestamp: bigint): Micros | undefined {
  const micros = timestamp + POSTGRES_EPOCH;
  return micros >= 0n && micros <= MAX_MICROS ? micros : undefined;
}

/** `date` without anything below its milliseconds. */
export function fromDate(date: Date): Micros {
  return BigInt(date.getTime()) * MICROS_PER_MILLI;
}

/** `micros` cut to milliseconds. */
export function toDate(micros: Micros): Date {
  return new Date(Number(micros / MICROS_PER_MILLI));
}

/** `micros` in UTC, such as `2026-11-22T01:02:03.123456Z`; {@link parseMicros} reads it back. */
export function formatMicros(micros: Micros): string {
  const rest = String(micros % MICROS_PER_MILLI).padStart(3, '0');
  return toDate(micros).toISOString().replace('Z', `${rest}Z`);
}

/** The reverse of {@link formatMicros}; `undefined` for a text of another shape or no such moment. */
export function parseMicros(text: string): Micros | undefined {
  const [, millis, rest] = TEXT.exec(text) ?? [];
  if (millis === undefined || rest === undefined) return undefined;
  const date = new Date(`${millis}Z`);
  if (Number.isNaN(date.getTime()) || date.getTime() < 0) return undefined;
  const micros = fromDate(date) + BigInt(rest);
  // Some impossible dates, such as 30 February, are turned into others instead of being refused.
  return formatMicros(micros) === text ? micros : undefined;
}
