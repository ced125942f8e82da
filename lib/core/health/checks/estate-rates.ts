import { Metric } from '../../contract/metrics.ts';
import { bytes } from '../../doctor/amounts.ts';
import { newestValue } from '../estate/points.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, above, below, blind, ok } from '../judgement.ts';
import { type Usual, usualAt } from '../runway/usual-rate.ts';

const MIB = 1_048_576;
/** Of less WAL, in bytes a second, no multiple is worth a word. */
const LITTLE_WAL = MIB;
/** Where fewer commits a minute are usual, none for a while is usual too. */
const FEW_COMMITS = 60;
const SILENT = 'the database’s probe has not said for 5 minutes';
const YOUNG = 'fewer than 3 days of this hour to compare with';

/** Of a weekend little is expected, though on most days there is much. */
function leastUsual({ value, weekAgo = value }: Usual): number {
  return Math.min(value, weekAgo);
}

/** Checks of whether the database does about as much as it does at this hour. */
export const RATE_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    id: 'B4r',
    name: 'wal-surge',
    tier: 'B',
    group: 'workload',
    about: 'about as much WAL is written as is usual at this hour',
    needs: 'cloudwatch:GetMetricData; the metrics of the database’s probe',
    look: 'SELECT * FROM pg_stat_statements ORDER BY wal_bytes DESC LIMIT 5',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW',
    fact: 'rates',
    judge: ({ walNow, walHours = [] }, { now, thresholds }) => {
      const rate = newestValue(walNow);
      if (rate === undefined) return blind(SILENT);
      const usual = usualAt(walHours, now);
      if (usual === undefined) return absent(YOUNG);
      const percent = (100 * rate) / Math.max(usual.value, LITTLE_WAL);
      return {
        standing: above(percent, thresholds.walRatePercent),
        says: `${bytes(Math.round(rate))}/s; usual at this hour: ${bytes(Math.round(usual.value))}/s`,
        values: { [Metric.WAL_RATE_PERCENT]: percent },
      };
    },
  }),
  estateCheck({
    id: 'B20r',
    name: 'commits-collapsed',
    tier: 'B',
    group: 'availability',
    about: 'about as many transactions commit as is usual at this hour',
    needs: 'cloudwatch:GetMetricData; the metrics of the database’s probe',
    look: 'SELECT state, wait_event, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
    fact: 'rates',
    judge: ({ commitsNow, commitsHours = [] }, { now, thresholds }) => {
      const rate = newestValue(commitsNow);
      if (rate === undefined) return blind(SILENT);
      const usual = usualAt(commitsHours, now);
      if (usual === undefined) return absent(YOUNG);
      const least = leastUsual(usual);
      if (least < FEW_COMMITS) {
        const values = { [Metric.COMMIT_PERCENT]: 100 };
        return ok('so few are usual at this hour that none is no sign', { values });
      }
      const percent = (100 * rate) / least;
      return {
        standing: below(percent, thresholds.commitPercent),
        says: `${Math.round(rate)} a minute; usual at this hour: ${Math.round(least)}`,
        values: { [Metric.COMMIT_PERCENT]: percent },
      };
    },
  }),
];
