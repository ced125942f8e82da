import type { Bounds } from '../config/health-thresholds.ts';
import { blind, type Finding, type Judgement } from './judgement.ts';
import type { ServerFacts } from './known.ts';

/** How many things a check names; the rest is there to be looked at. */
export const MOST_FINDINGS = 10;

/** Where a value that is bad when it rises stands in a tier that wakes nobody: beyond either bound is a ticket. */
export function ticketAbove(value: number, { warn }: Bounds): 'ok' | 'warn' {
  return value > warn ? 'warn' : 'ok';
}

/** Findings, as many as a check may have. */
export function fewest(findings: readonly Finding[]): { readonly findings?: readonly Finding[] } {
  return findings.length === 0 ? {} : { findings: findings.slice(0, MOST_FINDINGS) };
}

/**
 * What a check of the server's own counts comes to where it keeps none: they would all be 0.
 *
 * @returns `undefined` where it counts.
 * @see https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-COUNTS
 */
export function uncounted({ settings }: Pick<ServerFacts, 'settings'>): Judgement | undefined {
  const setting = settings.get('track_counts');
  if (setting === 'on') return undefined;
  return blind(`track_counts is ${setting ?? 'not to be seen'}, so the server counts nothing`);
}

/** SQL for whether the role sees other roles' sessions; without that right they have no columns, and look idle. */
export const SEES_SESSIONS = `pg_has_role('pg_read_all_stats', 'USAGE')`;

/** The role sees only its own sessions. */
export const SESSIONS_HIDDEN = blind(
  'the role is no member of pg_monitor: it sees no other role’s sessions',
);
