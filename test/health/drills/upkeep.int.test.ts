import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { healthSessions } from '../../../lib/core/adapters/postgres/health-session.ts';
import { systemClock } from '../../../lib/core/adapters/system/clock.ts';
import { MONITOR } from '../../../lib/core/init/ensure-roles.ts';
import { drillBook } from '../../fire-drill/drill-book.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const server = drillServer({
  walSegmentMegabytes: 1,
  settings: {
    archive_mode: 'on',
    archive_command: 'true',
    autovacuum_max_workers: '1',
    autovacuum_naptime: '1s',
    shared_buffers: '8MB',
    max_connections: '20',
    max_wal_senders: '2',
  },
});
const { sql, course, open, changes, without } = server;

/** Changes a setting, and back. */
async function set(name: string, value: string): Promise<Undo> {
  await sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await sql('SELECT pg_reload_conf()');
  return async () => {
    await sql(`ALTER SYSTEM RESET ${name}`);
    await sql('SELECT pg_reload_conf()');
  };
}

/** Runs a statement, and another at the end. */
async function run(statement: string, undo: string): Promise<Undo> {
  await sql(statement);
  return async () => sql(undo);
}

/** Holds a relation so that nobody can look at it. */
async function locked(relation: string): Promise<Undo> {
  const session = await open();
  await session.run(`BEGIN; LOCK TABLE ${relation} IN ACCESS EXCLUSIVE MODE`);
  return async () => session[Symbol.asyncDispose]();
}

drill('SettingsTrouble', 'ticket', async () => {
  // What this machine’s own server is, and who gets into it, is no fault here.
  without.add('D2').add('D4');
  return course('SettingsTrouble', async () => set('max_connections', '21'));
});

drill('DeadTuples', 'ticket', async () =>
  course('DeadTuples', async () => {
    await sql(`CREATE TABLE littered WITH (autovacuum_enabled = false) AS
      SELECT generate_series(1, 60000) AS id`);
    return run('DELETE FROM littered', 'DROP TABLE littered');
  }),
);

drill('InvalidIndexLeft', 'ticket', async () =>
  course('InvalidIndexLeft', async () => {
    await sql('CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)');
    await sql('CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (id)').catch(() => undefined);
    return async () => sql('DROP TABLE twice');
  }),
);

drill('VacuumTrouble', 'ticket', async () =>
  course('VacuumTrouble', async () => set('autovacuum', 'off')),
);

drill('AutovacuumBusy', 'ticket', async () =>
  course('AutovacuumBusy', async () => {
    await sql(`CREATE TABLE endless WITH (autovacuum_vacuum_cost_delay = 100,
        autovacuum_vacuum_cost_limit = 1) AS SELECT generate_series(1, 60000) AS id`);
    return run('DELETE FROM endless', 'DROP TABLE endless');
  }),
);

drill('WorkloadTrouble', 'ticket', async () => {
  await sql(`CREATE TABLE wide AS SELECT repeat('x', 500) FROM generate_series(1, 40000)`);
  return course('WorkloadTrouble', async () => run('SELECT count(*) FROM wide', 'DROP TABLE wide'));
});

drill('ClockSkewed', 'ticket', async () =>
  course('ClockSkewed', async () => {
    changes.clock = { ...systemClock, now: () => new Date(Date.now() + 10_000) };
    return async () => {
      delete changes.clock;
    };
  }),
);

drill('ProbeCostly', 'ticket', async () => {
  let elapsedMs = 0;
  changes.clock = { ...systemClock, elapsedMs: () => elapsedMs };
  const plain = healthSessions({ ...server.it().server.connection, user: MONITOR });
  return course('ProbeCostly', async () => {
    // Each answer takes its time.
    changes.sessions = {
      open: async (...where) => {
        const session = await plain.open(...where);
        return {
          query: async (...asked) => {
            elapsedMs += 20;
            return session.query(...asked);
          },
          [Symbol.asyncDispose]: async () => session[Symbol.asyncDispose](),
        };
      },
    };
    return async () => {
      delete changes.sessions;
    };
  }).finally(() => {
    delete changes.clock;
  });
});

drill('HealthWarning', 'ticket', async () =>
  course('HealthWarning', async () =>
    run(`CREATE SEQUENCE most MAXVALUE 100; SELECT setval('most', 75)`, 'DROP SEQUENCE most'),
  ),
);

drill('ProbeSilent', 'page', async () => {
  const well = await server.untouched();
  // Nobody calls it.
  return { well, ill: () => ({}), mended: well };
});

drill('ChecksBlindA', 'page', async () =>
  course('ChecksBlindA', async () =>
    run(
      'REVOKE EXECUTE ON FUNCTION pg_ls_archive_statusdir() FROM pg_monitor',
      'GRANT EXECUTE ON FUNCTION pg_ls_archive_statusdir() TO pg_monitor',
    ),
  ),
);

// Of a check that is due every five minutes: between its runs nobody says that it is blind.
drill('ChecksBlindB', 'ticket', async () =>
  course('ChecksBlindB', async () =>
    run(
      `REVOKE EXECUTE ON FUNCTION holdfast.sequence_use() FROM ${MONITOR}`,
      `GRANT EXECUTE ON FUNCTION holdfast.sequence_use() TO ${MONITOR}`,
    ),
  ),
);

drill('ChecksBlindC', 'ticket', async () =>
  course('ChecksBlindC', async () =>
    run('REVOKE SELECT ON pg_stat_slru FROM PUBLIC', 'GRANT SELECT ON pg_stat_slru TO PUBLIC'),
  ),
);

drill('ChecksBlindD', 'ticket', async () =>
  course('ChecksBlindD', async () =>
    run(
      `REVOKE EXECUTE ON FUNCTION holdfast.access_rules() FROM ${MONITOR}`,
      `GRANT EXECUTE ON FUNCTION holdfast.access_rules() TO ${MONITOR}`,
    ),
  ),
);

for (const [id, severity, relation] of [
  ['ChecksFailedA', 'page', 'pg_stat_archiver'],
  ['ChecksFailedB', 'ticket', 'pg_stat_subscription_stats'],
  ['ChecksFailedC', 'ticket', 'pg_stat_slru'],
] as const) {
  drill(id, severity, async () => course(id, async () => locked(relation)));
}

drill('ChecksFailedD', 'ticket', async () =>
  course('ChecksFailedD', async () => {
    const rules = join(server.it().server.dataDirectory, 'pg_hba.conf');
    await rename(rules, `${rules}.gone`);
    return async () => rename(`${rules}.gone`, rules);
  }),
);
