import { span } from '../../doctor/amounts.ts';
import type { Look } from '../part.ts';
import { nameOf } from '../scrub.ts';
import type { StatementCount, StatementReading } from '../statement-reading.ts';

/** What one statement did between two readings. */
export interface StatementUse {
  readonly queryId: string;
  readonly role: string;
  readonly database: string;
  readonly calls: number;
  readonly ms: number;
  /** Of the time of all statements. */
  readonly sharePercent: number;
}

const MOST = 5;
/** Told in one line. */
const MOST_TOLD = 3;

/**
 * Statements by the time that they took between two readings, the most first.
 *
 * Of one that the first reading does not have, at least what it has beyond the least that the reading has: there it may
 * have been among those left out. One whose counters fell was set back: all that it has since then counts.
 */
export function statementUse(
  before: StatementReading,
  after: StatementReading,
): readonly StatementUse[] {
  const known = new Map(before.statements.map((one) => [keyOf(one), one]));
  const leastMs = before.statements.at(-1)?.ms ?? 0;
  const used = after.statements
    .map((one) => ({ ...one, ...grown(known.get(keyOf(one)), one, leastMs) }))
    .filter(({ ms }) => ms > 0);
  const totalMs = used.reduce((sum, { ms }) => sum + ms, 0);
  return used
    .map((one) => ({ ...one, sharePercent: Math.round((one.ms / totalMs) * 100) }))
    .toSorted((a, b) => b.ms - a.ms);
}

/** What two readings come to. */
export function queriesLook(before: StatementReading, after: StatementReading): Look {
  const sec = Math.max(0, (after.at.getTime() - before.at.getTime()) / 1_000);
  const top = statementUse(before, after).slice(0, MOST);
  const period = `last ${span(sec)}`;
  if (top.length === 0) return { says: `${period}: no statement took any time` };
  const told = top
    .slice(0, MOST_TOLD)
    .map(
      ({ queryId, role, database, calls, ms, sharePercent }) =>
        `${queryId} (${nameOf(role)} in ${nameOf(database)}) ${sharePercent} %, ` +
        `${Math.round(calls)} calls, ${(ms / 1_000).toFixed(1)} s`,
    );
  return {
    says: `${period}: ${told.join('; ')}`,
    rows: top.map((one) => ({
      ...one,
      role: nameOf(one.role),
      database: nameOf(one.database),
      periodSec: sec,
    })),
  };
}

function grown(
  before: StatementCount | undefined,
  after: StatementCount,
  leastMs: number,
): Pick<StatementUse, 'calls' | 'ms'> {
  if (before === undefined) return { calls: after.calls, ms: Math.max(0, after.ms - leastMs) };
  if (after.calls < before.calls) return { calls: after.calls, ms: after.ms };
  return { calls: after.calls - before.calls, ms: Math.max(0, after.ms - before.ms) };
}

function keyOf({ queryId, role, database }: StatementCount): string {
  return JSON.stringify([queryId, role, database]);
}
