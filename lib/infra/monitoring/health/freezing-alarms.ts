import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const OLDEST_DATABASES =
  'SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC';
const OLDEST_TABLES =
  "SELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 't', 'm') ORDER BY 2 DESC LIMIT 10";
const XMIN_HOLDERS =
  'SELECT pid, state, age(backend_xmin), xact_start FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY 3 DESC';

/** Alarms that say how long it takes until PostgreSQL refuses to write, and who stands in the way. */
export function freezingAlarms(watched: Watched): readonly AlarmRow[] {
  const page = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'A', group: 'freezing', severity: 'page' }, [
    {
      id: 'XidsOld',
      says: 'half of the transaction ids that there are have been used since the oldest that is not frozen',
      look: OLDEST_DATABASES,
      metric: HealthMetric.XID_AGE,
      bad: above(page.xidAge.page),
      of: [3, 3],
    },
    {
      id: 'XidRunway',
      says: 'by its trend the server will soon refuse transactions, for want of ids',
      look: OLDEST_TABLES,
      metric: HealthMetric.XID_DAYS_LEFT,
      bad: below(page.xidDaysLeft.page),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
    {
      id: 'MultixactsOld',
      says: 'a large share of all multixacts is in use: ids, or the members that they have',
      look: OLDEST_DATABASES,
      metric: HealthMetric.MULTIXACT_PERCENT,
      bad: above(page.multixactPercent.page),
      of: [3, 3],
    },
    {
      id: 'MultixactRunway',
      says: 'by its trend the server will soon refuse to lock rows together, for want of multixacts',
      look: OLDEST_DATABASES,
      metric: HealthMetric.MULTIXACT_DAYS_LEFT,
      bad: below(page.multixactDaysLeft.page),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
    {
      id: 'FreezeBehind',
      says: 'a table is far older than autovacuum lets any be: it does not get to it, or fails',
      look: OLDEST_TABLES,
      metric: HealthMetric.FREEZE_PERCENT,
      bad: above(page.freezePercent.page),
      of: [15, 15],
    },
    {
      id: 'XminPinned',
      says: 'something old keeps vacuum from removing what nobody needs, and from freezing',
      look: XMIN_HOLDERS,
      metric: HealthMetric.XMIN_HORIZON_AGE,
      bad: above(page.xminHorizonAge.page),
      of: [5, 5],
    },
    {
      id: 'PreparedForgotten',
      says: 'a prepared transaction waits for somebody who has forgotten it, and holds its locks',
      look: 'SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared',
      metric: HealthMetric.PREPARED_TRANSACTION_SEC,
      bad: above(page.preparedTransactionSec.page),
      of: [3, 3],
    },
  ]);
}
