import type { ProbeEstateConfig } from '../config/estate-config.ts';
import { Event } from '../contract/events.ts';
import { Metric, type MetricName } from '../contract/metrics.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { isDue } from './check.ts';
import type { CheckResult } from './check-result.ts';
import { type EstateSources, unaskedFacts } from './estate/estate-sources.ts';
import { ESTATE_CHECKS } from './estate-checks.ts';
import type { EstateFacts } from './estate-facts.ts';
import type { FactSource } from './fact-check.ts';
import { countStandings, healthReport, type HealthReport } from './report.ts';
import { resultMetrics } from './result-metrics.ts';
import { runFactChecks } from './run-fact-checks.ts';

/** What {@link probeEstate} works with. */
export interface EstateContext {
  readonly config: ProbeEstateConfig;
  readonly sources: EstateSources;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const MINUTE_MS = 60_000;

/**
 * Looks at a cluster from outside its database and publishes what it sees: its key every minute and what is usual at
 * this hour; every five minutes its backups, the settings of its bucket, what was published of it, how long things
 * last, its secrets. Every look is made, whatever the others come to; what could not be seen is not published, and
 * its checks are counted as blind or failed.
 *
 * At a run a minute it costs about 6.50 USD a month, besides the function's own time: GetMetricData of 4 metrics a
 * minute (1.73), of 36 (3.11) and of 2 for each function (0.17 each) every five minutes;
 * DescribeKey (0.13); LIST and GET requests of the newest backup (0.30) and of seven settings (0.03);
 * DescribeSecret (0.05 for each).
 *
 * @param scheduledAt - says by its minute which checks are due.
 * @throws {@link OpsError} when not one look that was due saw anything, with the words of the first two:
 *   `CATALOG-CLUSTER`, `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`, the store's own. The counts are published even then.
 */
export async function probeEstate(
  scheduledAt: Date,
  { config, sources, telemetry, clock, log, signal }: EstateContext,
): Promise<HealthReport> {
  const minute = Math.floor(scheduledAt.getTime() / MINUTE_MS);
  const looks = watched(sources, unaskedFacts(config));
  const at = clock.now();
  const results = await runFactChecks(
    ESTATE_CHECKS.filter((check) => isDue(check, minute)),
    looks.sources,
    { known: { ...config, now: at }, clock, signal },
  );
  // Cut short, it has seen nothing that would be true of a whole run.
  signal.throwIfAborted();
  for (const [metric, value] of resultMetrics(results)) telemetry.add(metric, value);
  const isBlind = looks.seen.size === 0;
  if (!isBlind) telemetry.add(Metric.ESTATE_PROBED, 1);
  telemetry.flush();
  const report = healthReport(config.cluster, { at, results });
  log.info(Event.ESTATE_PROBED, fieldsOf(report));
  if (isBlind) throwFaults(looks.faults);
  return report;
}

/** Sources that note what became of them. */
interface Looks {
  readonly sources: Readonly<Record<string, FactSource>>;
  readonly seen: ReadonlySet<string>;
  readonly faults: readonly OpsError[];
}

function watched(sources: EstateSources, unasked: ReadonlySet<keyof EstateFacts>): Looks {
  const seen = new Set<string>();
  const faults: OpsError[] = [];
  const names = Object.keys(sources) as (keyof EstateFacts)[];
  const watch =
    (name: keyof EstateFacts): FactSource =>
    async (signal) => {
      try {
        const fact = await sources[name](signal);
        if (!unasked.has(name)) seen.add(name);
        return fact;
      } catch (error) {
        faults.push(toOpsError(error));
        throw error;
      }
    };
  return {
    sources: Object.fromEntries(names.map((name) => [name, watch(name)])),
    seen,
    faults,
  };
}

function fieldsOf({ cluster, standing, checks }: HealthReport): LogFields {
  const rows = checks.map(({ id, standing: own, says }) => ({ id, standing: own, says }));
  const findings = checks.flatMap(({ id, findings: found = [] }) =>
    found.map((one) => ({ id, ...one })),
  );
  const counts = Object.entries(countStandings(checks)).map(
    ([name, number]) => [`checks_${name}`, number] as const,
  );
  return {
    cluster,
    standing,
    last_backup_age_sec: valueOf(checks, Metric.LAST_BACKUP_AGE_SEC),
    key_usable: valueOf(checks, Metric.KEY_USABLE),
    ...Object.fromEntries(counts),
    checks: JSON.stringify(rows),
    findings: JSON.stringify(findings),
  };
}

function valueOf(checks: readonly CheckResult[], metric: MetricName): number | undefined {
  return checks.map(({ values }) => values?.[metric]).find((value) => value !== undefined);
}

function throwFaults([first, second]: readonly OpsError[]): void {
  if (first === undefined) return;
  if (second === undefined) throw first;
  const { code, message, hint, details } = first;
  throw new OpsError(code, `${message}; and ${second.code}: ${second.message}`, {
    cause: new AggregateError([first, second]),
    details,
    ...(hint !== undefined && { hint }),
  });
}
