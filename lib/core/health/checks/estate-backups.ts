import { retentionBounds } from '../../config/retention-bounds.ts';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { newestValue } from '../estate/points.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, below, blind, ok, page, warn } from '../judgement.ts';

const HOUR_SEC = 3_600;
const DAY_SEC = 86_400;
/** Of a cluster that is backed up every day, where nobody says otherwise. */
const AGE_LIMIT_SEC = 30 * HOUR_SEC;
/** Part of the limit past which a backup is late. */
const LATE_SHARE = 26 / 30;
/** Of the bytes of the backup before. */
const USUAL_PERCENT = { from: 70, to: 130 } as const;
const STRANGE_PERCENT = { from: 50, to: 200 } as const;
const S3_LIST = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html';
const CONTINUOUS =
  'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-BASE-BACKUP';

/** Checks of what is there to restore. */
export const BACKUP_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    id: 'A6',
    name: 'archive-whole',
    tier: 'A',
    group: 'archiving',
    about: 'the archive has no hole that nobody knows, and no object with other bytes',
    needs: 'cloudwatch:GetMetricData; an audit of the archive every hour',
    look: 'holdfast verify',
    source: S3_LIST,
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: ({ ArchiveGaps, CorruptObjects }) => {
      const [gaps, corrupt] = [newestValue(ArchiveGaps), newestValue(CorruptObjects)];
      if (gaps === undefined) return blind('no audit has told of holes within 3 hours');
      if (gaps > 0) return page(`${count(gaps, 'hole')} in the archive`);
      // Hashes are read once a day: between two of those nothing is said.
      if ((corrupt ?? 0) > 0) return page(`${count(corrupt ?? 0, 'object')} with other bytes`);
      return ok('no hole');
    },
  }),
  estateCheck({
    id: 'A7',
    name: 'backup-age',
    tier: 'A',
    group: 'backups',
    about: 'the newest backup that can be restored is no older than the schedule allows',
    needs: 'to list and read the objects of the archive',
    look: 'holdfast list',
    source: CONTINUOUS,
    everyMinutes: 5,
    fact: 'backup',
    judge: ({ ageSec, backupId }, { backupAgeLimitSec = AGE_LIMIT_SEC }) => {
      const values = { [Metric.LAST_BACKUP_AGE_SEC]: ageSec };
      const age = span(ageSec);
      const says =
        backupId === undefined ? `none in the ${age} of the archive` : `${backupId}, ${age} old`;
      if (ageSec > backupAgeLimitSec) return page(says, { values });
      return ageSec > backupAgeLimitSec * LATE_SHARE
        ? warn(says, { values })
        : ok(says, { values });
    },
  }),
  estateCheck({
    id: 'A7r',
    name: 'retention-runway',
    tier: 'A',
    group: 'backups',
    about: 'a newer backup has time to be made before the newest leaves the recovery window',
    needs: 'to list and read the objects of the archive; what the environment’s policy is',
    look: 'holdfast windows',
    source: CONTINUOUS,
    everyMinutes: 5,
    fact: 'backup',
    judge: ({ ageSec }, { retention, thresholds }) => {
      if (retention === undefined) return absent('the deployment names no recovery window');
      const days = retention.windowDays - ageSec / DAY_SEC;
      const bounds = retentionBounds(thresholds.retentionDaysLeft, retention.windowDays);
      return {
        standing: below(days, bounds),
        says: `${days.toFixed(1)} of ${count(retention.windowDays, 'day')} left`,
        values: { [Metric.RETENTION_DAYS_LEFT]: days },
      };
    },
  }),
  estateCheck({
    id: 'A8',
    name: 'backup-size',
    tier: 'A',
    group: 'backups',
    about: 'the newest backup has about as many bytes as the one before',
    needs: 'cloudwatch:GetMetricData',
    look: 'holdfast list',
    source: CONTINUOUS,
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: ({ BackupSizePercent }) => {
      const percent = newestValue(BackupSizePercent);
      if (percent === undefined) return absent('no two backups within a week to compare');
      const says = `${Math.round(percent)} % of the bytes of the one before`;
      if (percent < STRANGE_PERCENT.from || percent > STRANGE_PERCENT.to) return page(says);
      return percent < USUAL_PERCENT.from || percent > USUAL_PERCENT.to ? warn(says) : ok(says);
    },
  }),
];
