import { drillBook } from '../../fire-drill/drill-book.ts';
import type { OpenSession } from '../../support/watched-server.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const { it, sql, course, open } = drillServer({
  walSegmentMegabytes: 1,
  settings: {
    autovacuum: 'off',
    deadlock_timeout: '20ms',
    max_connections: '30',
    work_mem: '64kB',
    max_parallel_workers_per_gather: '0',
  },
});
const CONNECTIONS = 26;
/** Version that gave the checkpointer a view of its own. */
const OWN_VIEW = 17;
const DEADLOCKS = 3;

/** Lets go of sessions, whatever they are at. */
function closing(...sessions: readonly OpenSession[]): Undo {
  return async () => {
    for (const session of sessions) await session[Symbol.asyncDispose]();
  };
}

drill('ConnectionsUsed', 'page', async () =>
  course('ConnectionsUsed', async () => {
    const sessions: OpenSession[] = [];
    while (sessions.length < CONNECTIONS - 1) sessions.push(await open());
    return closing(...sessions);
  }),
);

drill('SessionsBlocked', 'page', async () =>
  course('SessionsBlocked', async () => {
    await sql('CREATE TABLE contested (id int)');
    const [holder, waiter] = [await open(), await open()];
    await holder.run('BEGIN; LOCK TABLE contested');
    const waiting = waiter.run('SELECT * FROM contested').catch(() => undefined);
    return async () => {
      await holder.run('ROLLBACK');
      await waiting;
      await closing(holder, waiter)();
      await sql('DROP TABLE contested');
    };
  }),
);

drill('IdleInTransaction', 'page', async () =>
  course('IdleInTransaction', async () => {
    const session = await open();
    await session.run('BEGIN');
    return closing(session);
  }),
);

drill('LongTransaction', 'page', async () =>
  course('LongTransaction', async () => {
    const session = await open();
    await session.run('BEGIN');
    await session.run('SELECT pg_current_xact_id()');
    return closing(session);
  }),
);

drill('DeadlocksFrequent', 'ticket', async () =>
  course('DeadlocksFrequent', async () => {
    await sql('CREATE TABLE crossed AS SELECT generate_series(1, 2) AS id');
    const [one, other] = [await open(), await open()];
    for (let count = 0; count < DEADLOCKS; count += 1) {
      for (const session of [one, other]) await session.run('BEGIN');
      await one.run('SELECT * FROM crossed WHERE id = 1 FOR UPDATE');
      await other.run('SELECT * FROM crossed WHERE id = 2 FOR UPDATE');
      await Promise.allSettled([
        one.run('SELECT * FROM crossed WHERE id = 2 FOR UPDATE'),
        other.run('SELECT * FROM crossed WHERE id = 1 FOR UPDATE'),
      ]);
      for (const session of [one, other]) await session.run('ROLLBACK');
    }
    await closing(one, other)();
    return async () => sql('DROP TABLE crossed');
  }),
);

drill('RollbacksFrequent', 'ticket', async () =>
  course('RollbacksFrequent', async () => {
    await using session = await open();
    await session.run('BEGIN; ROLLBACK; '.repeat(1_000));
    return async () => undefined;
  }),
);

drill('TempSpills', 'ticket', async () =>
  course('TempSpills', async () => {
    await using session = await open();
    await session.run(
      'SELECT count(*) FROM (SELECT g FROM generate_series(1, 2000000) g ORDER BY g DESC OFFSET 0) s',
    );
    return async () => undefined;
  }),
);

drill('CheckpointsForced', 'ticket', async () =>
  course('CheckpointsForced', async () => {
    for (let forced = 0; forced < 3; forced += 1) await sql('CHECKPOINT');
    // What they came to stands until there are three others, by time.
    const counts = it().instance.major >= OWN_VIEW ? 'checkpointer' : 'bgwriter';
    return async () => sql(`SELECT pg_stat_reset_shared('${counts}')`);
  }),
);

drill('SequenceUsed', 'page', async () =>
  course('SequenceUsed', async () => {
    await sql('CREATE SEQUENCE nearly MAXVALUE 100');
    await sql(`SELECT setval('nearly', 95)`);
    return async () => sql('DROP SEQUENCE nearly');
  }),
);
