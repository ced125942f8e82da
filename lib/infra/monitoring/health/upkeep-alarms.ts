import { Duration } from 'aws-cdk-lib';
import { HealthMetric, LogMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import { logMetric } from '../metrics.ts';
import type { Watched } from '../watched.ts';
import { above, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const DEAD_ROWS =
  'SELECT relid::regclass, n_dead_tup, last_autovacuum FROM pg_stat_all_tables ORDER BY n_dead_tup DESC LIMIT 10';
/** Periods of five minutes for which an event stays in alarm. */
const AN_HOUR = 12;
const CANCELLED_OFTEN = 3;

/** Alarms about what vacuum, indexes and settings need: tickets. */
export function upkeepAlarms(watched: Watched): readonly AlarmRow[] {
  return [...vacuumAlarms(watched), ...schemaAlarms(watched), ...settingsAlarms(watched)];
}

function vacuumAlarms(watched: Watched): readonly AlarmRow[] {
  const table = { tier: 'C', group: 'vacuum', severity: 'ticket' } as const;
  const { autovacuumBusyPercent } = watched.cluster.health.thresholds;
  return [
    ...gaugeAlarms(watched, table, [
      {
        id: 'AutovacuumBusy',
        says: 'all of autovacuum’s workers have been at work for six hours: there are too few, or they are too slow',
        look: 'SELECT relid::regclass, phase, heap_blks_scanned, heap_blks_total FROM pg_stat_progress_vacuum',
        metric: HealthMetric.AUTOVACUUM_BUSY_PERCENT,
        bad: above(autovacuumBusyPercent.page),
        of: [72, 72],
        period: FIVE_MINUTES,
        // One busy minute in five says nothing: a worker that is free now and then is enough.
        statistic: 'Minimum',
      },
    ]),
    {
      ...table,
      id: 'AutovacuumCancelled',
      says: 'autovacuum gives way to somebody’s lock again and again, and does not come to its end',
      look: 'the host’s log: canceling autovacuum task, and the CONTEXT line below it',
      metric: logMetric(watched, LogMetric.AUTOVACUUMS_CANCELLED),
      bad: above(CANCELLED_OFTEN),
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    ...gaugeAlarms(watched, table, [
      {
        id: 'DeadTuples',
        says: 'tables have far more dead rows than autovacuum should let them have',
        look: DEAD_ROWS,
        metric: HealthMetric.DEAD_TUPLE_TABLES,
        bad: above(0),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
      {
        id: 'VacuumTrouble',
        says: 'checks of vacuum and statistics warn',
        look: 'holdfast health',
        metric: HealthMetric.VACUUM_TROUBLES,
        bad: above(0),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
    ]),
  ];
}

function schemaAlarms(watched: Watched): readonly AlarmRow[] {
  return gaugeAlarms(watched, { tier: 'C', group: 'schema', severity: 'ticket' }, [
    {
      id: 'InvalidIndexLeft',
      says: 'for an hour there has been an index that every write keeps up and no query uses',
      look: 'SELECT indexrelid::regclass, indrelid::regclass FROM pg_index WHERE NOT indisvalid',
      metric: HealthMetric.INVALID_INDEXES,
      bad: above(0),
      of: [12, 12],
      period: FIVE_MINUTES,
    },
    {
      id: 'BloatLarge',
      says: 'tables or indexes are mostly air, by an estimate',
      look: 'SELECT * FROM holdfast.bloat() in each database',
      metric: HealthMetric.BLOATED_TABLES,
      bad: above(0),
      of: [3, 3],
      period: Duration.hours(1),
    },
  ]);
}

function settingsAlarms(watched: Watched): readonly AlarmRow[] {
  const { clockSkewSec } = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'C', group: 'settings', severity: 'ticket' }, [
    {
      id: 'SettingsTrouble',
      says: 'checks of settings, versions and roles warn',
      look: 'holdfast health',
      metric: HealthMetric.SETTINGS_TROUBLES,
      bad: above(0),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
    {
      id: 'ClockSkewed',
      says: 'the server’s clock is not that of the probe',
      look: 'on the host: chronyc tracking, then SELECT clock_timestamp()',
      metric: HealthMetric.CLOCK_SKEW_SEC,
      bad: above(clockSkewSec.page),
      of: [3, 3],
    },
  ]);
}
