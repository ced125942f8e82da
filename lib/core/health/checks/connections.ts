import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { above, blind, type Finding } from '../judgement.ts';
import { SEES_SESSIONS, Sees, sessionsUnseen } from './session-sight.ts';

const MOST_GROUPS = 5;
const Group = z.object({ role: z.string(), database: z.string(), app: z.string(), clients: Num });

/** Checks of how many more clients the server takes. */
export const CONNECTION_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'B5',
    name: 'connections',
    tier: 'B',
    group: 'connections',
    about: 'clients have connections left, those reserved for superusers and others not counted',
    needs: 'pg_monitor',
    look: `SELECT usename, datname, application_name, state, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC`,
    source: 'https://www.postgresql.org/docs/current/runtime-config-connection.html',
    query: () => `
      WITH client AS MATERIALIZED (
        SELECT coalesce(usename, 'nobody yet') AS role, coalesce(datname, 'none') AS database,
               coalesce(application_name, '') AS app
          FROM pg_stat_activity WHERE backend_type = 'client backend'
      )
      SELECT ${SEES_SESSIONS},
             (SELECT count(*) FROM client) AS used,
             coalesce(
               (SELECT json_agg(g)
                  FROM (SELECT role, database, app, count(*) AS clients
                          FROM client GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT ${MOST_GROUPS}) g),
               '[]') AS groups`,
    row: Sees.extend({ used: Num, groups: Group.array() }),
    judge: ([row], { server: { settings }, thresholds: { connectionsPercent } }) => {
      if (row === undefined) return blind('pg_stat_activity gave no row');
      if (!row.sees) return sessionsUnseen();
      const most = forClients(settings);
      if (most === undefined) return blind('the server does not say its max_connections');
      const percent = (100 * row.used) / most;
      const standing = above(percent, connectionsPercent);
      return {
        standing,
        says: `${row.used} of ${most} connections in use`,
        values: { [Metric.CONNECTIONS_PERCENT]: percent },
        ...(standing !== 'ok' && { findings: row.groups.map(toFinding) }),
      };
    },
  }),
];

/** reserved_connections came with PostgreSQL 16, and needs no counting before. */
function forClients(settings: ReadonlyMap<string, string>): number | undefined {
  const read = (name: string): number => Number(settings.get(name) ?? 0);
  const most = read('max_connections');
  if (most === 0) return undefined;
  return Math.max(1, most - read('superuser_reserved_connections') - read('reserved_connections'));
}

function toFinding({ role, database, app, clients }: z.output<typeof Group>): Finding {
  const through = app === '' ? '' : ` through ${app}`;
  return { subject: `${role} in ${database}`, says: `${clients} connections${through}` };
}
