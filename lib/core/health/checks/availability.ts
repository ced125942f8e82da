import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, Num } from '../columns.ts';
import type { FactCheck } from '../fact-check.ts';
import { blind, type Finding, type Judgement, ok, page, waiting } from '../judgement.ts';
import { perMinute } from '../known.ts';
import { probeCheck, type ProbeKnown } from '../probe-facts.ts';

const COMMITS = 'commits';
const MOST_DATABASES = 10;
/** How a boolean may be spelled: pg_db_role_setting has it as it was typed. */
const SET_READ_ONLY = `~* '^default_transaction_read_only=(on|t|tr|tru|true|y|ye|yes|1)$'`;

/** Checks of whether the server does what it is there for. */
export const AVAILABILITY_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B7',
    name: 'writer',
    tier: 'B',
    group: 'availability',
    about: 'the server is the writer exactly if it is to be, and transactions may write',
    needs: 'nothing but a login',
    look: `SELECT pg_is_in_recovery(), s.* FROM pg_db_role_setting s`,
    source: 'https://www.postgresql.org/docs/current/runtime-config-client.html',
    // A setting that came with the connection hides what the server has; one that SET made leaves it in reset_val,
    // unless it is the monitoring role's own, or its database's: those say nothing of others.
    query: () => `
      SELECT pg_is_in_recovery() AS "inRecovery",
             coalesce((SELECT reset_val = 'on' AND source <> 'client'
                         FROM pg_settings WHERE name = 'default_transaction_read_only'), false)
             AND NOT EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS one
                              WHERE one ${SET_READ_ONLY}
                                AND (setrole = current_user::regrole
                                     OR setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())))
             OR EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS one
                         WHERE setrole = 0 AND setdatabase = 0 AND one ${SET_READ_ONLY}) AS "readOnly",
             coalesce(
               (SELECT json_agg(d.datname)
                  FROM (SELECT datname FROM pg_database
                         WHERE oid IN (SELECT setdatabase FROM pg_db_role_setting, unnest(setconfig) AS one
                                        WHERE setrole = 0 AND one ${SET_READ_ONLY})
                         ORDER BY datname LIMIT ${MOST_DATABASES}) d),
               '[]') AS databases`,
    row: z.object({ inRecovery: Bool, readOnly: Bool, databases: z.string().array() }),
    judge: ([row], { cluster: { isWriter } }) => {
      if (row === undefined) return blind('the server gave no row');
      const { inRecovery, readOnly, databases } = row;
      // One database that may not be written to can be meant so.
      const findings = databases.map(toFinding);
      const wrong = (says: string): Judgement =>
        page(says, { values: { [Metric.WRONG_ROLE]: 1 }, findings });
      if (isWriter && inRecovery)
        return wrong('the server is in recovery, and is to be the writer');
      if (!isWriter && !inRecovery) return wrong('the server writes, and is not to be the writer');
      if (isWriter && readOnly) return wrong('default_transaction_read_only is on for everybody');
      return ok(isWriter ? 'the writer' : 'in recovery, as it is to be', {
        values: { [Metric.WRONG_ROLE]: 0 },
        findings,
      });
    },
  }),
  serverCheck({
    id: 'B20',
    name: 'commit-rate',
    tier: 'B',
    group: 'availability',
    about: 'the rate of commits is known; how usual it is, the probe of the estate tells',
    needs: 'nothing but a login',
    look: 'SELECT datname, xact_commit, xact_rollback FROM pg_stat_database',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
    query: () => 'SELECT sum(xact_commit)::float8 AS commits FROM pg_stat_database',
    row: z.object({ commits: Num }),
    judge: ([row], known) => {
      if (row === undefined) return blind('pg_stat_database gave no row');
      const counters = { [COMMITS]: row.commits };
      const minutely = perMinute(known, COMMITS, row.commits);
      if (minutely === undefined) return waiting(counters);
      return ok(`${Math.round(minutely)} commits a minute`, {
        values: { [Metric.COMMITS_PER_MIN]: minutely },
        counters,
      });
    },
  }),
];

/** Checks of whether there is a server at all. */
export const REACHABLE_CHECKS: readonly FactCheck<ProbeKnown>[] = [
  probeCheck({
    id: 'B1',
    name: 'reachable',
    tier: 'B',
    group: 'availability',
    about: 'the server lets the monitoring role in, and answers it',
    needs: 'the login of the monitoring role',
    look: `pg_isready, then psql -c 'SELECT pg_postmaster_start_time()'`,
    source: 'https://www.postgresql.org/docs/current/app-pg-isready.html',
    fact: 'up',
    judge: ({ isUp, why }) =>
      isUp
        ? ok('it answers', { values: { [Metric.DATABASE_UP]: 1 } })
        : page(why, { values: { [Metric.DATABASE_UP]: 0 } }),
  }),
];

function toFinding(database: string): Finding {
  return { subject: database, says: 'its transactions may not write, unless they say so' };
}
