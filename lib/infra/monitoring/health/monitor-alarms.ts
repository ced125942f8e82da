import { Duration } from 'aws-cdk-lib';
import { HealthMetric, type HealthMetricName } from '../../../core/contract/health-metrics.ts';
import type { OpsFunction } from '../../constructs/ops-function.ts';
import type { AlarmRow } from '../alarm-row.ts';
import { failures, ownMetric } from '../metrics.ts';
import type { Watched } from '../watched.ts';
import { above, FIVE_MINUTES, gaugeAlarms, type HealthRow } from './health-row.ts';

const DAY = Duration.days(1);
const QUARTER = Duration.minutes(15);
/** What one probe may cost the server. */
const COSTLY_MS = 300;
/** Periods of a quarter of an hour for which an event stays in alarm. */
const AN_HOUR = 4;
const PAGE = { tier: 'M', group: 'monitor', severity: 'page' } as const;
const TICKET = { tier: 'M', group: 'monitor', severity: 'ticket' } as const;

/** Alarms that say whether anybody looks: at the data they page, elsewhere one ticket tells of all. */
export function monitorAlarms(watched: Watched): readonly AlarmRow[] {
  return [
    heartbeat(watched, 'ProbeSilent', HealthMetric.DATABASE_PROBED, {
      says: 'nothing has looked into the database for three minutes: no alarm about it means anything',
      look: 'the log of probe-database: event health.probed, function.failed',
    }),
    heartbeat(watched, 'EstateSilent', HealthMetric.ESTATE_PROBED, {
      says: 'nothing has looked after store, key and secrets for three minutes',
      look: 'the log of probe-estate: event estate.probed, function.failed',
    }),
    ...gaugeAlarms(
      watched,
      PAGE,
      checksOf('A', HealthMetric.CHECKS_BLIND_A, HealthMetric.CHECKS_FAILED_A),
    ),
    ...gaugeAlarms(watched, { ...TICKET, group: 'checks' }, [
      ...checksOf('B', HealthMetric.CHECKS_BLIND_B, HealthMetric.CHECKS_FAILED_B),
      ...checksOf('C', HealthMetric.CHECKS_BLIND_C, HealthMetric.CHECKS_FAILED_C),
      ...checksOf('D', HealthMetric.CHECKS_BLIND_D, HealthMetric.CHECKS_FAILED_D),
    ]),
    ...gaugeAlarms(watched, TICKET, [
      {
        id: 'ProbeCostly',
        says: 'the probe takes more of the server’s time than it may',
        look: 'holdfast health: the time that each check took',
        metric: HealthMetric.PROBE_SERVER_MS,
        bad: above(COSTLY_MS),
        of: [15, 15],
      },
      {
        id: 'HealthWarning',
        says: 'a check of what pages when it is bad warns',
        look: 'holdfast health',
        metric: HealthMetric.HEALTH_WARNINGS,
        bad: above(0),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
    ]),
    {
      ...PAGE,
      id: 'PagingUnproven',
      says: 'for two days no proof has gone all the way that pages go: perhaps none arrives',
      look: 'the log of notify: event paging.proven, page.not_sent',
      metric: ownMetric(watched, HealthMetric.PAGING_PROVEN, { statistic: 'Sum', period: DAY }),
      bad: { below: 1 },
      periods: 2,
      silence: 'bad',
    },
    ...functionAlarms(watched),
  ];
}

function heartbeat(
  watched: Watched,
  id: string,
  metric: HealthMetricName,
  words: Pick<AlarmRow, 'says' | 'look'>,
): AlarmRow {
  return {
    ...PAGE,
    ...words,
    id,
    metric: ownMetric(watched, metric, { statistic: 'Sum', period: Duration.minutes(1) }),
    bad: { below: 1 },
    periods: 3,
    silence: 'bad',
  };
}

/**
 * Not all checks run every minute, and what a run does not ask it does not count: those of data do at least every
 * five minutes, others once an hour.
 */
function checksOf(
  tier: 'A' | 'B' | 'C' | 'D',
  blind: HealthMetricName,
  failed: HealthMetricName,
): readonly HealthRow[] {
  const look = 'holdfast health: what is blind or failed, and why';
  const lasting =
    tier === 'A' || tier === 'B'
      ? ({ of: [3, 3], period: FIVE_MINUTES } as const)
      : ({ of: [3, 12], period: QUARTER } as const);
  return [
    {
      id: `ChecksBlind${tier}`,
      says: `a check of tier ${tier} does not see what it asks for: a right, an extension or a function is missing`,
      look,
      metric: blind,
      bad: above(0),
      ...lasting,
    },
    {
      id: `ChecksFailed${tier}`,
      says: `a check of tier ${tier} ends with an error, or takes too long, again and again`,
      look,
      metric: failed,
      bad: above(0),
      ...lasting,
    },
  ];
}

function functionAlarms({ backup }: Watched): readonly AlarmRow[] {
  const { probe, diagnoser, answerer } = backup.health;
  return [
    failing('ProbeDatabaseFailing', 'the function that looks into the database fails', probe),
    failing(
      'DiagnoserFailing',
      'the function fails that says what stands behind a page',
      diagnoser,
    ),
    ...(answerer === undefined
      ? []
      : [failing('AnswererFailing', 'the function that answers outside monitors fails', answerer)]),
  ];
}

function failing(id: string, says: string, { handler }: OpsFunction): AlarmRow {
  return {
    ...TICKET,
    id,
    says,
    look: 'the function’s log: event function.failed',
    metric: failures(handler, 15),
    bad: { above: 0 },
    periods: 1,
    within: AN_HOUR,
    silence: 'good',
  };
}
