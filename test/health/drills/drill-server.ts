import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { healthSessions } from '../../../lib/core/adapters/postgres/health-session.ts';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../../lib/core/adapters/system/clock.ts';
import { DATABASE_CHECKS } from '../../../lib/core/health/all-checks.ts';
import { isDue } from '../../../lib/core/health/check.ts';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import { probeDatabase } from '../../../lib/core/health/probe-database.ts';
import { probeMemory } from '../../../lib/core/health/probe-memory.ts';
import type { ProbeContext } from '../../../lib/core/health/probe-run.ts';
import { resultMetrics } from '../../../lib/core/health/result-metrics.ts';
import { MONITOR } from '../../../lib/core/init/ensure-roles.ts';
import { deployedAlarms } from '../../fire-drill/deployed-alarms.ts';
import {
  DRILL_RPO_SEC,
  DRILL_THRESHOLDS,
  DRILL_VOLUME_GIB,
} from '../../fire-drill/drill-thresholds.ts';
import type { MetricAlarm } from '../../fire-drill/evaluator/alarm.ts';
import { isBadValue } from '../../fire-drill/evaluator/points-of.ts';
import { type Course, type Emission, metricAlarmOf } from '../../fire-drill/run-drill.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import { type WatchedServer, watchedServer } from '../../support/watched-server.ts';

/** Ends a fault. */
export type Undo = () => Promise<unknown>;

/** A server that is probed as a deployed one is, and hurt. */
export interface DrillServer extends Omit<WatchedServer, 'probe'> {
  /** One probe of every check, at once. */
  readonly probe: () => Promise<Look>;
  /** What differs from now on in what the probe works with. */
  readonly changes: { -readonly [K in keyof ProbeContext]?: ProbeContext[K] };
  /** Ids of checks that are left out: what they see is this machine's own, and no fault. */
  readonly without: Set<string>;
  /**
   * What the probe sends of the alarm's metric, and of all others, while all is well, once the fault shows, and once it
   * is mended.
   */
  readonly course: (id: string, inject: () => Promise<Undo>) => Promise<Course>;
  /** What is sent while nothing is done to it. */
  readonly untouched: () => Promise<Course['well']>;
}

/** What one probe sent. */
export interface Look {
  readonly results: readonly CheckResult[];
  /** All that it sent, whatever is due. */
  readonly sent: Emission;
}

type Checks = typeof DATABASE_CHECKS;
type ServerOptions = Parameters<typeof watchedServer>[0];

/** A run of every check: each would be due at another minute. */
const AT_ONCE: Checks = {
  sql: DATABASE_CHECKS.sql.map((check) => ({ ...check, everyMinutes: 1, atMinute: 0 })),
  facts: DATABASE_CHECKS.facts.map((check) => ({ ...check, everyMinutes: 1, atMinute: 0 })),
};
const ABOUT = new Map(
  [...DATABASE_CHECKS.sql, ...DATABASE_CHECKS.facts].map((check) => [check.id, check]),
);
const GIB = 1_024 ** 3;
const PATIENCE_MS = 25_000;
const MORE_THAN_A_SECOND_MS = 1_050;

/** One for a whole test file, as `init` leaves it. */
export function drillServer(options: ServerOptions = {}): DrillServer {
  const server = watchedServer(options);
  const changes: DrillServer['changes'] = {};
  const without = new Set<string>();
  const memory = probeMemory();

  const probe = async (): Promise<Look> => {
    const telemetry = recordingTelemetry();
    const { checks: results } = await probeDatabase(new Date(0), {
      cluster: {
        cluster: 'orders',
        volumeBytes: DRILL_VOLUME_GIB * GIB,
        isWriter: true,
        rpoSec: DRILL_RPO_SEC,
      },
      thresholds: DRILL_THRESHOLDS,
      sessions: healthSessions({ ...server.it().server.connection, user: MONITOR }),
      certificate: async () => undefined,
      store: async () => new MemoryObjectStore(),
      clock: systemClock,
      signal: AbortSignal.timeout(PATIENCE_MS),
      checks: {
        sql: AT_ONCE.sql.filter(({ id }) => !without.has(id)),
        facts: AT_ONCE.facts.filter(({ id }) => !without.has(id)),
      },
      memory,
      telemetry,
      log: recordingLog(),
      ...changes,
    });
    return { results, sent: Object.assign({}, ...telemetry.flushed) as Emission };
  };

  /** Probes until the metric is good, each time compared with the probe before. */
  const lookForGood = async (alarm: MetricAlarm): Promise<Look> =>
    until(alarm, 'good', probe, (look) => isGood(alarm, look));

  /** Probes until the metric is bad, each time compared with what was before the fault. */
  const lookForBad = async (alarm: MetricAlarm): Promise<Look> => {
    const before = memory.state;
    return until(
      alarm,
      'bad',
      async () => {
        memory.state = before;
        return probe();
      },
      (look) => isBad(alarm, look),
    );
  };

  return {
    ...server,
    probe,
    changes,
    without,
    untouched: async () => emissionsOf(await probe()),
    course: async (id, inject) => {
      const alarm = metricAlarmOf(await deployedAlarms(), id);
      if (memory.state.latest.size === 0) await probe();
      const well = await lookForGood(alarm);
      const ill = await under(inject, async () => lookForBad(alarm));
      const mended = await lookForGood(alarm);
      expectAgreement(alarm, ill);
      return { well: emissionsOf(well), ill: emissionsOf(ill), mended: emissionsOf(mended) };
    },
  };
}

/** Does something under a fault, which ends whatever it comes to. */
async function under<T>(inject: () => Promise<Undo>, work: () => Promise<T>): Promise<T> {
  const undo = await inject();
  try {
    return await work();
  } finally {
    await undo();
  }
}

/** Looks until it is as wanted; of less than a second, no check tells a rate. */
async function until(
  { id, metric }: MetricAlarm,
  state: 'good' | 'bad',
  look: () => Promise<Look>,
  isWanted: (look: Look) => boolean,
): Promise<Look> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isWanted(seen)) return seen;
    const { sent, results } = seen;
    if (performance.now() > endMs) {
      const says = results.filter(({ values = {} }) => metric in values).map((one) => one.says);
      throw new Error(`${id} is not ${state}: ${metric} is ${sent[metric]}, ${says.join('; ')}`);
    }
    await delay(MORE_THAN_A_SECOND_MS);
  }
}

/** What the probe sends in each minute: of checks that are not due no value, but they are counted. */
function emissionsOf({ results, sent }: Look): Course['well'] {
  const ofChecks = resultMetrics(results);
  const others = Object.entries(sent).filter(
    ([name]) => !new Set<string>(ofChecks.keys()).has(name),
  );
  const byMinute = new Map<number, Emission>();
  return (minute) => {
    const inHour = minute % 60;
    const known = byMinute.get(inHour);
    if (known !== undefined) return known;
    const due = results.filter(({ id }) => {
      const about = ABOUT.get(id);
      return about !== undefined && isDue(about, inHour);
    });
    const emission = Object.fromEntries<number>([...resultMetrics(due, results), ...others] as [
      string,
      number,
    ][]);
    byMinute.set(inHour, emission);
    return emission;
  };
}

function isGood(alarm: MetricAlarm, { sent }: Look): boolean {
  const value = sent[alarm.metric];
  return value !== undefined && !isBadValue(alarm, value);
}

function isBad(alarm: MetricAlarm, { sent }: Look): boolean {
  const value = sent[alarm.metric];
  if (value === undefined) return alarm.missing === 'breaching';
  return isBadValue(alarm, value);
}

/** Alarms that are about what lasts for hours: until then their check has nothing to say. */
const PATIENT = new Set(['AutovacuumBusy']);

/** A check that sends a bad value says itself that it is bad. */
function expectAgreement({ id, metric }: MetricAlarm, { results }: Look): void {
  if (PATIENT.has(id)) return;
  const standings = results
    .filter(({ values }) => values !== undefined && metric in values)
    .map(({ standing }) => standing);
  if (standings.length === 0) return;
  expect(standings.filter((one) => one === 'page' || one === 'warn')).not.toEqual([]);
}
