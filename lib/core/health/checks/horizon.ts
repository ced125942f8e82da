import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count, span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num, Text } from '../columns.ts';
import { above, blind, ok } from '../judgement.ts';
import { SEES_SESSIONS, Sees, sessionsUnseen } from './session-sight.ts';

const MOST = 10;
const Holder = z.object({ kind: Text, subject: Text, state: Text, age: Num });
const Prepared = z.object({ gid: Text, role: Text, database: Text, sec: Num });

/** Checks of what keeps vacuum from removing rows that nobody needs. */
export const HORIZON_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'A20',
    name: 'xmin-horizon',
    tier: 'A',
    group: 'freezing',
    about: 'nobody holds back for long what vacuum may remove',
    needs: 'pg_monitor',
    look: 'SELECT pid, usename, state, xact_start, age(backend_xmin) FROM pg_stat_activity ORDER BY 5 DESC NULLS LAST LIMIT 5; SELECT slot_name, age(xmin), age(catalog_xmin) FROM pg_replication_slots; SELECT gid, prepared, age(transaction) FROM pg_prepared_xacts',
    source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
    // A vacuum holds nothing back, although it has an xmin; nor does a slot that is lost.
    query: () => `
      SELECT ${SEES_SESSIONS},
             coalesce((SELECT json_agg(h) FROM (
               SELECT 'session' AS kind, a.pid || ' of ' || coalesce(a.usename, a.backend_type) AS subject,
                      coalesce(a.state, a.backend_type) AS state,
                      greatest(age(a.backend_xmin), age(a.backend_xid)) AS age
                 FROM pg_stat_activity a
                WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
                  AND a.pid <> pg_backend_pid() AND a.backend_type <> 'walsender'
                  AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
                UNION ALL
               SELECT 'prepared transaction', p.gid, 'prepared', age(p.transaction)
                 FROM pg_prepared_xacts p
                UNION ALL
               SELECT 'slot', s.slot_name, CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
                      greatest(age(s.xmin), age(s.catalog_xmin))
                 FROM pg_replication_slots s
                WHERE (s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL)
                  AND s.wal_status IS DISTINCT FROM 'lost'
                UNION ALL
               SELECT 'standby', coalesce(nullif(r.application_name, ''), r.pid::text), r.state,
                      age(r.backend_xmin)
                 FROM pg_stat_replication r
                WHERE r.backend_xmin IS NOT NULL
                ORDER BY age DESC, subject
                LIMIT ${MOST}) h), '[]') AS holders`,
    row: Sees.extend({ holders: Holder.array() }),
    judge: ([row], { thresholds: { xminHorizonAge } }) => {
      if (row === undefined) return blind('the server gave no row');
      if (!row.sees) return sessionsUnseen();
      const [first] = row.holders;
      if (first === undefined) {
        return ok('nobody holds anything back', { values: { [Metric.XMIN_HORIZON_AGE]: 0 } });
      }
      const late = row.holders.filter(({ age }) => age > xminHorizonAge.warn);
      return {
        standing: above(first.age, xminHorizonAge),
        says: `${first.kind} ${first.subject} holds back rows of the last ${count(first.age, 'transaction')}`,
        values: { [Metric.XMIN_HORIZON_AGE]: first.age },
        findings: late.map(({ kind, subject, state, age }) => ({
          subject: `${kind} ${subject}`,
          says: `${state}, since ${count(age, 'transaction')}`,
        })),
      };
    },
  }),
  serverCheck({
    id: 'A21',
    name: 'prepared-transactions',
    tier: 'A',
    group: 'freezing',
    about: 'no prepared transaction was forgotten',
    needs: 'nothing',
    look: 'SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared',
    source: 'https://www.postgresql.org/docs/current/sql-prepare-transaction.html',
    query: () => `
      SELECT gid, owner AS role, database,
             greatest(0, extract(epoch FROM clock_timestamp() - prepared))::float8 AS sec
        FROM pg_prepared_xacts ORDER BY prepared, gid LIMIT ${MOST}`,
    row: Prepared,
    judge: (rows, { thresholds: { preparedTransactionSec } }) => {
      const [first] = rows;
      if (first === undefined) {
        return ok('none', { values: { [Metric.PREPARED_TRANSACTION_SEC]: 0 } });
      }
      return {
        standing: above(first.sec, preparedTransactionSec),
        says: `${first.gid} was prepared ${span(first.sec)} ago`,
        values: { [Metric.PREPARED_TRANSACTION_SEC]: first.sec },
        findings: rows
          .filter(({ sec }) => sec > preparedTransactionSec.warn)
          .map(({ gid, role, database, sec }) => ({
            subject: gid,
            says: `of ${role} in ${database}, ${span(sec)} old`,
          })),
      };
    },
  }),
];
