import type { Bounds } from '../config/health-thresholds.ts';
import type { MetricName } from '../contract/metrics.ts';

/**
 * What a check comes to. `blind`: it could not see, which is never a kind of ok. `absent`: what it looks at is not
 * there, and need not be. `waiting`: it compares two runs, and this is the first.
 */
export type Standing = 'ok' | 'warn' | 'page' | 'blind' | 'absent' | 'waiting';

/** One thing that a check found: a slot, a table, a session. */
export interface Finding {
  /** Its name, without a literal of any statement: it travels further than tables do. */
  readonly subject: string;
  readonly says: string;
}

/** What a check makes of what it saw. */
export interface Judgement {
  readonly standing: Standing;
  /** The value seen, with its unit, or why none was: a clause for a person. */
  readonly says: string;
  /** For alarms, at whatever standing; none of what could not be seen. */
  readonly values?: Readonly<Partial<Record<MetricName, number>>>;
  /** The worst first, few. */
  readonly findings?: readonly Finding[];
  /** Numbers that only grow, for the next run to compare with. */
  readonly counters?: Readonly<Record<string, number>>;
}

/** What comes with a standing. */
type Extras = Omit<Judgement, 'standing' | 'says'>;

/** All is well. */
export function ok(says: string, extras: Extras = {}): Judgement {
  return { standing: 'ok', says, ...extras };
}

/** Worth a ticket. */
export function warn(says: string, extras: Extras = {}): Judgement {
  return { standing: 'warn', says, ...extras };
}

/** Somebody has to get up. */
export function page(says: string, extras: Extras = {}): Judgement {
  return { standing: 'page', says, ...extras };
}

/** It could not see: a missing right, extension, column or value. Carries no values. */
export function blind(why: string): Judgement {
  return { standing: 'blind', says: why };
}

/** What it looks at is not there, and need not be. */
export function absent(why: string, extras: Extras = {}): Judgement {
  return { standing: 'absent', says: why, ...extras };
}

/** It compares with the run before, and there was none. */
export function waiting(counters: Readonly<Record<string, number>>): Judgement {
  return { standing: 'waiting', says: 'compares with the next run', counters };
}

/** Where a value that is bad when it rises stands: beyond a bound is bad, at it is not, as with alarms. */
export function above(value: number, { warn: low, page: high }: Bounds): 'ok' | 'warn' | 'page' {
  if (value > high) return 'page';
  return value > low ? 'warn' : 'ok';
}

/** Where a value that is bad when it falls stands. */
export function below(value: number, { warn: high, page: low }: Bounds): 'ok' | 'warn' | 'page' {
  if (value < low) return 'page';
  return value < high ? 'warn' : 'ok';
}
