import { Metric } from '../../contract/metrics.ts';
import { daysForPeople, judgeRunway } from '../estate/judge-runway.ts';
import { newestValue, worst } from '../estate/points.ts';
import { dailyPeaks } from '../runway/daily-peaks.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { below, type Judgement } from '../judgement.ts';
import { FURTHEST_DAYS } from '../runway/days-left.ts';
import { inOrder } from '../runway/fit-trend.ts';

const WEEK = 7;
const QUARTER = 0.25;
const HOUR = 1 / 24;
/** Of so many days a trend needs the twelfth part: one whole day. */
const DOZEN = 12;
const FULL = { worsening: 'rising', limit: 100 } as const;
const EMPTY = { worsening: 'falling', limit: 0 } as const;
/** Three million before the half of all ids the server takes no transaction that writes. */
const LAST_XID = 2 ** 31 - 3_000_000;
/** Room of the data volume, in percent. */
const FREE_PERCENT = { warn: 25, page: 10 } as const;
/** Twelve points of five minutes: a slot may be lost within hours. */
const LAST_HOUR = 12;
const VACUUM =
  'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND';

const ABOUT = {
  needs: 'cloudwatch:GetMetricData; the metrics of the database’s probe',
  everyMinutes: 5,
  atMinute: 3,
  fact: 'past',
} as const;

/** What autovacuum still turns round by itself is no end that comes nearer. */
function unlessFreezing(judgement: Judgement, isDue: boolean, metric: string): Judgement {
  const days = Object.values(judgement.values ?? {})[0];
  if (isDue || days === undefined) return judgement;
  const says = `autovacuum freezes before; without it ${daysForPeople(days)}`;
  return { standing: 'ok', says, values: { [metric]: FURTHEST_DAYS } };
}

/** Checks of how long there is: by trends, of hours and of a week. */
export const RUNWAY_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    ...ABOUT,
    id: 'B2',
    name: 'disk-runway',
    tier: 'B',
    group: 'disk',
    about: 'the data volume has room, and is not about to fill up',
    needs: 'cloudwatch:GetMetricData; the agent’s metrics',
    look: 'df -h; du -x --max-depth=2 <data directory>',
    source: 'https://www.postgresql.org/docs/current/disk-full.html',
    judge: ({ diskShort, diskLong }, { thresholds }) => {
      const runway = judgeRunway({
        what: 'the data volume’s room',
        metric: Metric.DISK_DAYS_LEFT,
        bounds: thresholds.diskDaysLeft,
        limit: EMPTY,
        spans: [
          { days: QUARTER, points: diskShort },
          { days: WEEK, points: diskLong },
        ],
      });
      const free = newestValue(diskShort) ?? newestValue(diskLong);
      if (free === undefined || runway.standing === 'blind') return runway;
      const standing = worst(runway.standing, below(free, FREE_PERCENT));
      return { ...runway, standing, says: `${free.toFixed(0)} % free; ${runway.says}` };
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'A15r',
    name: 'slot-runway',
    tier: 'A',
    group: 'slots',
    about: 'no replication slot is about to be lost',
    look: 'SELECT slot_name, active, wal_status, safe_wal_size FROM pg_replication_slots',
    source:
      'https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE',
    judge: ({ slots = [] }, { thresholds }) =>
      judgeRunway({
        what: 'the slots’ room',
        metric: Metric.SLOT_DAYS_LEFT,
        bounds: thresholds.slotDaysLeft,
        limit: EMPTY,
        spans: [
          { days: HOUR, points: inOrder(slots).slice(-LAST_HOUR) },
          { days: QUARTER, points: slots },
        ],
      }),
  }),
  estateCheck({
    ...ABOUT,
    id: 'A17r',
    name: 'xid-runway',
    tier: 'A',
    group: 'freezing',
    about: 'transaction ids do not run out, unless autovacuum still turns that round',
    look: 'SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC',
    source: VACUUM,
    judge: ({ xidShort, xidLong, freeze }, { thresholds }) => {
      const judgement = judgeRunway({
        what: 'the age of transaction ids',
        metric: Metric.XID_DAYS_LEFT,
        bounds: thresholds.xidDaysLeft,
        limit: { worsening: 'rising', limit: LAST_XID },
        spans: [
          { days: QUARTER, points: xidShort },
          { days: WEEK, points: xidLong },
        ],
      });
      const share = newestValue(freeze);
      const isDue = share === undefined || share > thresholds.freezePercent.warn;
      return unlessFreezing(judgement, isDue, Metric.XID_DAYS_LEFT);
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'A18r',
    name: 'multixact-runway',
    tier: 'A',
    group: 'freezing',
    about: 'multixacts do not run out, unless autovacuum still turns that round',
    look: 'SELECT datname, mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC',
    source:
      'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND',
    judge: ({ multixactShort, multixactLong }, { thresholds }) => {
      const judgement = judgeRunway({
        what: 'the use of multixacts',
        metric: Metric.MULTIXACT_DAYS_LEFT,
        bounds: thresholds.multixactDaysLeft,
        limit: FULL,
        spans: [
          { days: QUARTER, points: multixactShort },
          { days: WEEK, points: multixactLong },
        ],
      });
      const percent = newestValue(multixactShort) ?? newestValue(multixactLong) ?? 0;
      const isDue = percent > thresholds.multixactPercent.warn;
      return unlessFreezing(judgement, isDue, Metric.MULTIXACT_DAYS_LEFT);
    },
  }),
  estateCheck({
    ...ABOUT,
    id: 'B11r',
    name: 'sequence-runway',
    tier: 'B',
    group: 'numbers',
    about: 'no sequence is about to be used up',
    look: 'SELECT * FROM holdfast.sequence_use()',
    source: 'https://www.postgresql.org/docs/current/sql-createsequence.html',
    judge: ({ sequenceLong = [] }, { thresholds }) =>
      judgeRunway({
        what: 'the use of sequences',
        metric: Metric.SEQUENCE_DAYS_LEFT,
        bounds: thresholds.sequenceDaysLeft,
        limit: FULL,
        // Not by hours: a bulk load would be a trend of weeks. What is near the end, sequence-used tells.
        spans: [{ days: DOZEN, points: sequenceLong.filter((_, index) => index % 2 === 0) }],
      }),
  }),
  estateCheck({
    ...ABOUT,
    id: 'B5r',
    name: 'connection-runway',
    tier: 'B',
    group: 'connections',
    about: 'the peaks of connections do not grow towards what clients may have',
    look: 'SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1 ORDER BY 2 DESC',
    source:
      'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
    judge: ({ connections = [] }, { thresholds, now }) =>
      judgeRunway({
        what: 'connections',
        metric: Metric.CONNECTION_DAYS_LEFT,
        bounds: thresholds.connectionDaysLeft,
        limit: FULL,
        // Every morning’s clients come anew: only one day’s peak to the other’s is a trend.
        spans: [{ days: WEEK, points: dailyPeaks(connections, now) }],
      }),
  }),
];
