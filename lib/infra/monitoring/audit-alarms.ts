import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../core/contract/metrics.ts';
import type { OpsFunction } from '../constructs/ops-function.ts';
import type { AlarmRow } from './alarm-row.ts';
import { failures, ownMetric } from './metrics.ts';
import type { Watched } from './watched.ts';

const HOUR = Duration.hours(1);
/** Restores reach whole days back; a backup a day may come an hour late. */
const SHORT_DAYS = 1;
/** A round takes 28 days; a slot may come late by a day or two. */
const READ_WITHIN_DAYS = 31;
/** Periods of a quarter of an hour for which an event stays in alarm. */
const AN_HOUR = 4;

/**
 * Alarms that say whether the archive is whole, by what looks at it from the store's side. Audits come once
 * an hour, now and then a little late: each alarm bears one hour without any.
 */
export function auditAlarms(watched: Watched): readonly AlarmRow[] {
  const { audits } = watched.archive;
  const high = { statistic: 'Maximum', period: HOUR } as const;
  const count = { statistic: 'Sum', period: HOUR } as const;
  return [
    {
      id: 'ArchiveGap',
      says: 'WAL is missing in the archive: no recovery can pass the gap',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'holdfast audit, then holdfast windows',
      metric: ownMetric(watched, Metric.ARCHIVE_GAPS, high),
      bad: { above: 0 },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'ObjectCorrupt',
      says: 'the bytes of an object in the archive are not what was stored',
      severity: 'page',
      tier: 'A',
      group: 'durability',
      look: 'holdfast audit, then holdfast verify of the backup that is named',
      metric: ownMetric(watched, Metric.CORRUPT_OBJECTS, high),
      bad: { above: 0 },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'WindowShort',
      says: 'recovery reaches less far back than the policy wants, and than it did',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'holdfast windows',
      metric: ownMetric(watched, Metric.RECOVERY_WINDOW_SHORT_DAYS, high),
      bad: { above: SHORT_DAYS },
      periods: 2,
      within: 3,
      silence: 'good',
    },
    {
      id: 'AuditFinding',
      says: 'the audit of the archive found something that somebody must look at',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'holdfast audit',
      metric: ownMetric(watched, Metric.AUDIT_FINDINGS, high),
      bad: { above: 0 },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'AuditSilent',
      says: 'no audit of the archive has been completed for three hours',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the log of audit-archive: event function.failed',
      metric: ownMetric(watched, Metric.AUDIT_COMPLETED, count),
      bad: { below: 1 },
      periods: 3,
      silence: 'bad',
    },
    {
      id: 'HashAuditBehind',
      says: 'there are bytes in the archive that nobody has read for more than a month',
      severity: 'ticket',
      tier: 'A',
      group: 'durability',
      look: 'holdfast audit, then the log of the task hash-audit',
      metric: ownMetric(watched, Metric.HASH_AGE_DAYS, high),
      bad: { above: READ_WITHIN_DAYS },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'HashAuditFailed',
      says: 'the task that reads the archive’s bytes failed, and was tried again in vain or may not be',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the log of the task hash-audit: event task.failed',
      metric: ownMetric(watched, Metric.HASH_AUDIT_FAILED, {
        statistic: 'Sum',
        period: Duration.minutes(15),
      }),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
    failing('AuditFailing', 'the function that audits the archive fails', audits.auditor),
    failing(
      'HashStarterFailing',
      'the function that starts audits of hashes fails',
      audits.starter,
    ),
    failing(
      'HashJudgeFailing',
      'the function that judges how audits of hashes end fails',
      audits.judge,
    ),
  ];
}

function failing(id: string, says: string, { handler }: OpsFunction): AlarmRow {
  return {
    id,
    says,
    severity: 'ticket',
    tier: 'M',
    group: 'monitor',
    look: 'the function’s log: event function.failed',
    metric: failures(handler, 15),
    bad: { above: 0 },
    periods: 1,
    within: AN_HOUR,
    silence: 'good',
  };
}
