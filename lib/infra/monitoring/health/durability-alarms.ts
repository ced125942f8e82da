import { retentionBounds } from '../../../core/config/retention-bounds.ts';
import { HealthMetric, LogMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import { logMetric } from '../metrics.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

/** Periods of five minutes for which an event stays in alarm. */
const AN_HOUR = 12;

/** Alarms that say whether a crash, bad bytes or a weakened archive would lose what is committed. */
export function durabilityAlarms(watched: Watched): readonly AlarmRow[] {
  const { health, retention } = watched.cluster;
  const daysLeft = retentionBounds(health.thresholds.retentionDaysLeft, retention.days);
  const table = { tier: 'A', group: 'durability', severity: 'page' } as const;
  return [
    ...gaugeAlarms(watched, table, [
      {
        id: 'VaultDrifted',
        says: 'the archive’s bucket is no longer as it was deployed: versions, lock, encryption or rules',
        look: 'holdfast health --list, then aws s3api get-object-lock-configuration',
        metric: HealthMetric.VAULT_DRIFT,
        bad: above(0),
        of: [2, 2],
        period: FIVE_MINUTES,
      },
      {
        id: 'ChecksumsFailing',
        says: 'PostgreSQL has read pages whose checksum is wrong',
        look: 'SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database',
        metric: HealthMetric.CHECKSUM_FAILURES,
        bad: above(0),
        of: [3, 3],
      },
      {
        id: 'SettingsUnsafe',
        says: 'a setting of PostgreSQL’s lets a crash lose what was committed',
        look: "SELECT name, setting, source FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'archive_mode')",
        metric: HealthMetric.UNSAFE_SETTINGS,
        bad: above(0),
        of: [3, 3],
      },
    ]),
    {
      ...table,
      id: 'CorruptionLogged',
      says: 'PostgreSQL’s log tells of damaged data: a bad page, a missing chunk, a block that cannot be read',
      look: 'the host’s log group, filtered by XX001, XX002 and could not read block',
      metric: logMetric(watched, LogMetric.CORRUPTION_ERRORS),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    ...gaugeAlarms(watched, { ...table, group: 'backups' }, [
      {
        id: 'RetentionRunway',
        says: 'soon no restorable backup will be left in the window, were no other made',
        look: 'holdfast list, then holdfast windows',
        metric: HealthMetric.RETENTION_DAYS_LEFT,
        bad: below(daysLeft.page),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
    ]),
  ];
}
