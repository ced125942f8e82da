import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

/** Alarms about what comes to its end on a day that is known: numbers, certificates, secrets. */
export function endingAlarms(watched: Watched): readonly AlarmRow[] {
  const page = watched.cluster.health.thresholds;
  return [
    ...gaugeAlarms(watched, { tier: 'B', group: 'numbers', severity: 'page' }, [
      {
        id: 'SequenceUsed',
        says: 'a sequence, or the column that it fills, has used up most of its numbers',
        look: 'SELECT * FROM holdfast.sequence_use() in each database',
        metric: HealthMetric.SEQUENCE_PERCENT,
        bad: above(page.sequencePercent.page),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
      {
        id: 'SequenceRunway',
        says: 'by its trend a sequence will soon have no number left: inserts then fail',
        look: 'SELECT * FROM holdfast.sequence_use() in each database',
        metric: HealthMetric.SEQUENCE_DAYS_LEFT,
        bad: below(page.sequenceDaysLeft.page),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
    ]),
    ...gaugeAlarms(watched, { tier: 'B', group: 'trust', severity: 'page' }, [
      {
        id: 'CertificateRunway',
        says: 'the certificate that PostgreSQL shows its clients ends soon',
        look: 'on the host: holdfast-status, then openssl s_client -starttls postgres',
        metric: HealthMetric.CERTIFICATE_DAYS_LEFT,
        bad: below(page.certificateDaysLeft.page),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
      {
        id: 'SecretOverdue',
        says: 'a role’s password should have been rotated days ago',
        look: 'aws secretsmanager describe-secret: LastRotatedDate, NextRotationDate',
        metric: HealthMetric.SECRET_DAYS_LEFT,
        bad: below(page.secretDaysLeft.page),
        of: [3, 3],
        period: FIVE_MINUTES,
      },
    ]),
  ];
}
