import type { FactName, Facts, See } from './facts.ts';

/**
 * Areas of the report, in its order. Whoever can be out of reach comes before all that asks it, so
 * that the check named for it is the one that says so.
 */
export const AREAS = [
  'machine',
  'server',
  'settings',
  'databases',
  'data directory',
  'spool',
  'store',
  'backups',
  'archiving',
  'room',
] as const;
/** One of {@link AREAS}. */
export type Area = (typeof AREAS)[number];

/** What a check makes of the facts. */
export interface Verdict {
  /** `skipped` when the question does not arise, or could not be looked at: never a kind of ok. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped';
  /** The value seen, or why none was. */
  readonly saw: string;
  /** A command or setting to paste; words behind a `#`. Absent when there is nothing to mend. */
  readonly fix?: string | undefined;
}

/** One row of the table: what is looked at, and what it means. */
export interface Check {
  /** Kebab-case; a contract, like an error's code. */
  readonly id: string;
  readonly area: Area;
  /** What holds when it is ok, as a clause. */
  readonly about: string;
  /** Pure; takes what it needs from `see`, which throws for a fact that could not be had. */
  readonly judge: (see: See) => Verdict;
}

/** All is well with what was seen. */
export function ok(saw: string): Verdict {
  return { status: 'ok', saw };
}

/** Nothing is lost yet, but somebody should look. */
export function warn(saw: string, fix: string): Verdict {
  return { status: 'warn', saw, fix };
}

/** Data is lost, or would be, or a recovery would fail. */
export function fail(saw: string, fix: string): Verdict {
  return { status: 'fail', saw, fix };
}

/** The question does not arise here. */
export function skip(why: string): Verdict {
  return { status: 'skipped', saw: why };
}

/** A fact that a check can do without; why it is not there is for those to tell that cannot. */
export function ifSeen<N extends FactName>(see: See, name: N): Facts[N] | undefined {
  try {
    return see(name);
  } catch {
    return undefined;
  }
}
