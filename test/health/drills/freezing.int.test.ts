import { drillBook } from '../../fire-drill/drill-book.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const { sql, course, open } = drillServer({
  walSegmentMegabytes: 16,
  settings: {
    autovacuum: 'off',
    autovacuum_freeze_max_age: '100000',
    max_prepared_transactions: '5',
    synchronous_commit: 'off',
  },
});
const SOME = 25_000;
/** Members of so many fill more than one file: of one that is begun nothing is let go. */
const MANY_ROWS = 30_000;

/** Uses up transaction ids, one for each commit. */
async function useIds(count: number): Promise<void> {
  await sql(`DO $$ BEGIN
    FOR one IN 1..${count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
  END $$`);
}

/** Freezes all that there is, template0 too, which nothing else looks into. */
async function freezeAll(): Promise<void> {
  await sql(`UPDATE pg_database SET datallowconn = true WHERE datname = 'template0'`);
  for (const database of ['template0', 'template1', 'postgres'])
    await sql('VACUUM FREEZE', { database });
  await sql(`UPDATE pg_database SET datallowconn = false WHERE datname = 'template0'`);
}

const usedIds = async (): Promise<Undo> => {
  await useIds(SOME);
  return freezeAll;
};

drill('XidsOld', 'page', async () => course('XidsOld', usedIds));

drill('FreezeBehind', 'page', async () => course('FreezeBehind', usedIds));

drill('XminPinned', 'page', async () =>
  course('XminPinned', async () => {
    const holder = await open();
    await holder.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await holder.run('SELECT 1');
    await useIds(SOME);
    return async () => holder[Symbol.asyncDispose]();
  }),
);

drill('PreparedForgotten', 'page', async () =>
  course('PreparedForgotten', async () => {
    await sql(`BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'`);
    return async () => sql(`ROLLBACK PREPARED 'forgotten'`);
  }),
);

drill('MultixactsOld', 'page', async () =>
  course('MultixactsOld', async () => {
    await sql(`CREATE TABLE shared AS SELECT generate_series(1, ${MANY_ROWS}) AS id`);
    await sql('CREATE INDEX ON shared (id)');
    await using one = await open();
    await using other = await open();
    for (const session of [one, other]) await session.run('BEGIN');
    await one.run('SELECT count(*) FROM (SELECT id FROM shared FOR SHARE) s');
    // Those who share a row are another set for each, because every subtransaction is somebody else.
    await other.run(`DO $$ BEGIN
      FOR one IN 1..${MANY_ROWS} LOOP
        BEGIN
          PERFORM FROM shared WHERE id = one FOR SHARE;
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
      END LOOP;
    END $$`);
    for (const session of [one, other]) await session.run('COMMIT');
    return async () => {
      await sql('DROP TABLE shared');
      await freezeAll();
    };
  }),
);
