import { OpsError } from '../../errors/ops-error.ts';
import { formatMicros, fromDate, type Micros } from '../../wal/micros.ts';

/** A moment to recover to. */
export interface TargetTime {
  /** Cut to milliseconds. */
  readonly time: Date;
  /** The whole of it, which transactions are compared with. */
  readonly micros: Micros;
  /** The whole of it in UTC, as `--to` reads it. */
  readonly text: string;
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)$/;
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/;
const MAX_OFFSET_MINUTES = 15 * 60 + 59;

/** How a moment is to be written; also what a hint shows. */
export const TIME_EXAMPLE = '2026-11-22T01:02:03.123456Z';

/**
 * The moment `text` names: date, time and UTC offset, such as `2026-11-22T01:02:03.123456Z` or
 * `2026-11-22 01:02+05:30`.
 *
 * An offset is demanded because a machine, a server and a person each assume their own time zone.
 *
 * @throws {@link OpsError} `RESTORE-TARGET` without an offset, on a date that does not exist, or on
 *   anything else.
 * @see https://www.postgresql.org/docs/current/datatype-datetime.html for the range of offsets
 */
export function parseTargetTime(text: string): TargetTime {
  if (WITHOUT_OFFSET.test(text)) {
    throw refused(text, 'has no time with a UTC offset', `add it: ${TIME_EXAMPLE}`);
  }
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] =
    TIME.exec(text) ?? [];
  if (offset === undefined) throw refused(text, 'is not a time');
  const digits = fraction.padEnd(6, '0');
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${digits.slice(0, 3)}Z`;
  const localTime = new Date(local);
  // Some impossible dates, such as 30 February, are turned into others instead of being refused.
  if (Number.isNaN(localTime.getTime()) || localTime.toISOString() !== local) {
    throw refused(text, 'names a date or time that does not exist');
  }
  const offsetMinutes = parseOffset(offset);
  if (offsetMinutes === undefined) throw refused(text, 'has a UTC offset that does not exist');
  const time = new Date(localTime.getTime() - offsetMinutes * 60_000);
  const utcYear = time.getUTCFullYear();
  if (utcYear < 1970 || utcYear > 9999) throw refused(text, 'is too far from today');
  const micros = fromDate(time) + BigInt(digits.slice(3));
  return { time, micros, text: formatMicros(micros) };
}

/** Minutes east of UTC. */
function parseOffset(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(2));
  const total = Number(digits.slice(0, 2)) * 60 + minutes;
  if (minutes > 59 || total > MAX_OFFSET_MINUTES) return undefined;
  return offset.startsWith('-') ? -total : total;
}

function refused(text: string, what: string, hint = `write it as ${TIME_EXAMPLE}`): OpsError {
  return new OpsError('RESTORE-TARGET', `${JSON.stringify(text)} ${what}`, {
    hint,
    details: { target: text },
  });
}
