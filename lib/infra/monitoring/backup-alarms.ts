import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../core/contract/metrics.ts';
import { backupAgeLimitSec } from '../deployment/backup-age.ts';
import type { AlarmRow } from './alarm-row.ts';
import { ownMetric } from './metrics.ts';
import type { Watched } from './watched.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
const HOUR_SEC = 3_600;
/** Part of its time limit after which a backup is worth a look. */
const LONG = 0.8;
const SMALL_PERCENT = 50;
const LITTLE_ROOM_PERCENT = 10;
/** Periods of five minutes for which an event stays in alarm. */
const AN_HOUR = 12;

/** Alarms that say whether the cluster could be brought back. */
export function backupAlarms(watched: Watched): readonly AlarmRow[] {
  const { backup, rpoSec } = watched.cluster;
  const timeoutSec = backup.timeoutHours * HOUR_SEC;
  const count = { statistic: 'Sum', period: FIVE_MINUTES } as const;
  const high = { statistic: 'Maximum', period: FIVE_MINUTES } as const;
  const low = { statistic: 'Minimum', period: FIVE_MINUTES } as const;
  return [
    {
      id: 'BackupMissed',
      says: 'the newest restorable backup is older than the schedule allows, or nobody can tell',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'holdfast list, then the newest stopped task of holdfast-base-backup in ECS',
      metric: ownMetric(watched, Metric.LAST_BACKUP_AGE_SEC, high),
      bad: { above: backupAgeLimitSec(backup) },
      periods: 3,
      silence: 'bad',
    },
    {
      id: 'BackupFailed',
      says: 'a base backup failed, and was tried again in vain or may not be',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'holdfast list, then the log of the task that failed',
      metric: ownMetric(watched, Metric.BACKUP_FAILED, count),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    {
      id: 'BackupTooSmall',
      says: 'a base backup has less than half of the bytes of the one before',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'SELECT datname, pg_database_size(datname) FROM pg_database',
      metric: ownMetric(watched, Metric.BACKUP_SIZE_PERCENT, low),
      bad: { below: SMALL_PERCENT },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    {
      id: 'BackupTooLong',
      says: 'a base backup has used most of its time limit and still runs',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'SELECT * FROM pg_stat_progress_basebackup',
      metric: ownMetric(watched, Metric.BACKUP_ELAPSED_SEC, high),
      bad: { above: Math.round(timeoutSec * LONG) },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'TaskNotStarted',
      says: 'ECS took a base backup’s task and never started it',
      // When no other takes its place, BackupFailed pages.
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'aws ecs describe-tasks: stoppedReason of the task that never ran',
      metric: ownMetric(watched, Metric.TASK_NOT_STARTED, count),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    {
      id: 'ArchiveLag',
      says: 'WAL that waits for the store is older than the recovery point objective',
      severity: 'page',
      tier: 'A',
      group: 'archiving',
      look: 'SELECT * FROM pg_stat_archiver, then holdfast status',
      metric: ownMetric(watched, Metric.ARCHIVE_LAG_SEC, { statistic: 'Maximum', period: MINUTE }),
      bad: { above: rpoSec },
      periods: 3,
      // An agent that says nothing is AgentSilent's.
      silence: 'good',
    },
    {
      id: 'AgentSilent',
      says: 'the agent that ships WAL has said nothing for five minutes',
      severity: 'page',
      tier: 'A',
      group: 'archiving',
      look: 'on the host: holdfast-status, systemctl status holdfast-agent',
      metric: ownMetric(watched, Metric.AGENT_ALIVE, { statistic: 'Sum', period: MINUTE }),
      bad: { below: 1 },
      periods: 5,
      silence: 'bad',
    },
    {
      id: 'DataVolumeFull',
      says: 'the volume of the data directory is nearly full: PostgreSQL stops when it is',
      severity: 'page',
      tier: 'A',
      group: 'disk',
      look: 'on the host: df -h, du -sh of pg_wal, base and pgsql_tmp in the data directory',
      metric: ownMetric(watched, Metric.DATA_VOLUME_FREE_PERCENT, low),
      bad: { below: LITTLE_ROOM_PERCENT },
      periods: 2,
      silence: 'good',
    },
    {
      id: 'KeyUnusable',
      says: 'the cluster’s key is disabled or will be deleted: with it go all backups',
      severity: 'page',
      tier: 'A',
      group: 'durability',
      look: 'aws kms describe-key: KeyState',
      metric: ownMetric(watched, Metric.KEY_USABLE, low),
      bad: { below: 1 },
      periods: 2,
      silence: 'bad',
    },
    {
      id: 'HostMissing',
      says: 'no host of PostgreSQL has been in service for five minutes',
      severity: 'page',
      tier: 'A',
      group: 'availability',
      look: 'aws autoscaling describe-scaling-activities',
      metric: ownMetric(watched, Metric.HOSTS_IN_SERVICE, { statistic: 'Maximum', period: MINUTE }),
      bad: { below: 1 },
      periods: 5,
      silence: 'bad',
    },
    {
      id: 'HostReplaced',
      says: 'the host of PostgreSQL was replaced by another',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'aws autoscaling describe-scaling-activities: Cause',
      metric: ownMetric(watched, Metric.HOST_REPLACED, count),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
  ];
}
