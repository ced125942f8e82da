import type { CheckResult } from './check-result.ts';
import type { ProbeRun } from './probe-run.ts';

/** What a probe found, for people and programs: its keys are a contract. */
export interface HealthReport {
  readonly format: 1;
  readonly cluster: string;
  readonly at: Date;
  /** The worst of the checks'. */
  readonly standing: CheckResult['standing'];
  readonly checks: readonly CheckResult[];
}

/** The worst first. What could not be seen is worse than a warning: it may be anything. */
export const STANDINGS = ['page', 'failed', 'blind', 'warn', 'waiting', 'ok', 'absent'] as const;

/** The report of checks, by their worth. */
export function healthReport(
  cluster: string,
  { at, results }: Pick<ProbeRun, 'at' | 'results'>,
): HealthReport {
  const checks = results.toSorted(
    (a, b) => rank(a.standing) - rank(b.standing) || compareIds(a.id, b.id),
  );
  return { format: 1, cluster, at, standing: worstOf(results), checks };
}

/** The worst standing of some checks; `absent` of none. */
export function worstOf(
  results: readonly Pick<CheckResult, 'standing'>[],
): CheckResult['standing'] {
  return STANDINGS.find((one) => results.some(({ standing }) => standing === one)) ?? 'absent';
}

/** How many checks came to each standing. */
export function countStandings(
  results: readonly Pick<CheckResult, 'standing'>[],
): Readonly<Record<CheckResult['standing'], number>> {
  const count = (wanted: CheckResult['standing']): number =>
    results.filter(({ standing }) => standing === wanted).length;
  return {
    page: count('page'),
    failed: count('failed'),
    blind: count('blind'),
    warn: count('warn'),
    waiting: count('waiting'),
    ok: count('ok'),
    absent: count('absent'),
  };
}

/** Orders `A2` before `A10`, and A before B. */
export function compareIds(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function rank(standing: CheckResult['standing']): number {
  return STANDINGS.indexOf(standing);
}
