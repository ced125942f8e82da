import { Event } from '../contract/events.ts';
import { Metric } from '../contract/metrics.ts';
import type { Log } from '../ports/log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { restingBecause } from './breaker.ts';
import { afterRun, isWanted, newestResults, type ProbeMemory } from './probe-memory.ts';
import {
  type ProbeChecks,
  type ProbeContext,
  type ProbeRun,
  runProbe,
  unmadeRun,
} from './probe-run.ts';
import { countStandings, healthReport, type HealthReport } from './report.ts';
import { resultMetrics } from './result-metrics.ts';

/** What {@link probeDatabase} works with. */
export interface ProbeDatabaseContext extends ProbeContext {
  /** Those that are due are run. */
  readonly checks: ProbeChecks;
  readonly memory: ProbeMemory;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

const MINUTE_MS = 60_000;
/** A diagnosis looks for a reading within two and a half minutes of five minutes ago. */
const STATEMENTS_MINUTES = 3;

/**
 * Looks into a cluster's database and publishes what it sees: the values of its checks, of all that are known how many ran, were blind
 * and failed, and in one line of the log what each came to. A server that cannot be reached is an answer, `DatabaseUp` 0,
 * and no error; after five such runs in a row only each fifth minute's tries.
 *
 * @param scheduledAt - says by its minute which checks are due.
 * @throws the signal's reason once it is aborted; then nothing was published.
 */
export async function probeDatabase(
  scheduledAt: Date,
  context: ProbeDatabaseContext,
): Promise<HealthReport> {
  const { memory, telemetry, clock, cluster, log } = context;
  const minute = Math.floor(scheduledAt.getTime() / MINUTE_MS);
  const checks: ProbeChecks = {
    sql: context.checks.sql.filter((check) => isWanted(memory.state, check, minute)),
    facts: context.checks.facts.filter((check) => isWanted(memory.state, check, minute)),
  };
  const resting = restingBecause(memory.state.failedRuns, minute);
  const run =
    resting === undefined
      ? await runProbe(checks, memory.state, {
          ...context,
          readsStatements: minute % STATEMENTS_MINUTES === 0,
        })
      : unmadeRun(checks, clock.now(), resting);
  memory.state = afterRun(memory.state, run);
  const all = [...context.checks.sql, ...context.checks.facts];
  const metrics = resultMetrics(run.results, newestResults(memory.state, all, run.at));
  for (const [metric, value] of metrics) telemetry.add(metric, value);
  if (!metrics.has(Metric.DATABASE_UP)) telemetry.add(Metric.DATABASE_UP, run.isUp ? 1 : 0);
  telemetry.add(Metric.DATABASE_PROBED, 1);
  telemetry.flush();
  const report = healthReport(cluster.cluster, run);
  log.info(Event.HEALTH_PROBED, {
    ...fieldsOf(report, run),
    error_code: resting?.code,
    statements: run.statements,
  });
  return report;
}

/** Names and numbers: what a check says has no literal of any statement. */
function fieldsOf(
  { cluster, standing, checks }: HealthReport,
  { isUp, why, cost }: ProbeRun,
): Readonly<Record<string, string | number | boolean>> {
  const rows = checks.map(({ id, standing: own, says }) => ({ id, standing: own, says }));
  const findings = checks.flatMap(({ id, findings: found = [] }) =>
    found.map((one) => ({ id, ...one })),
  );
  const counts = Object.entries(countStandings(checks)).map(
    ([name, count]) => [`checks_${name}`, count] as const,
  );
  return {
    cluster,
    standing,
    is_up: isUp,
    why,
    server_ms: Math.round(cost.serverMs),
    duration_ms: Math.round(cost.wallMs),
    ...Object.fromEntries(counts),
    checks: JSON.stringify(rows),
    findings: JSON.stringify(findings),
  };
}
