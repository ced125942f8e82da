import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import type { ProbeRun } from '../../../lib/core/health/probe-run.ts';
import type { HealthReport } from '../../../lib/core/health/report.ts';

/** The keys of `holdfast health --json`, which programs rely on. */
export function healthDocument({ standing, checks, at }: HealthReport, run: ProbeRun): object {
  return { ok: isFine({ standing }, run), standing, at, checks: checks.map(toRow) };
}

/** A server that nobody got into is not fine, whichever checks were asked for; nor one of which a check failed to tell. */
export function isFine({ standing }: Pick<HealthReport, 'standing'>, { isUp }: ProbeRun): boolean {
  return isUp && standing !== 'page' && standing !== 'failed';
}

function toRow(check: CheckResult): object {
  const { id, name, tier, group, standing, says, values = {}, findings = [], tookMs } = check;
  return { id, name, tier, group, standing, says, values, findings, tookMs };
}
