import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { drillBook } from '../../fire-drill/drill-book.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const server = drillServer({
  walSegmentMegabytes: 1,
  settings: { archive_mode: 'on', archive_command: 'true', autovacuum: 'off', fsync: 'on' },
});
const { sql, course } = server;
/** Longer than a drill would wait. */
const LONG_AGO_SEC = 600;

/** Changes a setting, and back. */
async function set(name: string, value: string): Promise<Undo> {
  await sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await sql('SELECT pg_reload_conf()');
  return async () => {
    await sql(`ALTER SYSTEM RESET ${name}`);
    await sql('SELECT pg_reload_conf()');
  };
}

/** Has PostgreSQL archive by another command, and gives it something to archive. */
async function archiveBy(command: string, segments = 1): Promise<Undo> {
  const undo = await set('archive_command', command);
  for (let count = 0; count < segments; count += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
  return undo;
}

drill('ArchiverFailing', 'page', async () =>
  course('ArchiverFailing', async () => archiveBy('false')),
);

drill('ArchiverStuck', 'page', async () =>
  course('ArchiverStuck', async () => archiveBy('sleep 6')),
);

drill('ReadyWalPiles', 'page', async () =>
  course('ReadyWalPiles', async () => archiveBy('sleep 2', 6)),
);

drill('WalUnarchived', 'page', async () =>
  course('WalUnarchived', async () => {
    const undo = await archiveBy('sleep 6', 2);
    // As if all of it had happened ten minutes ago; the archiver's own last success is set back with it.
    await sql(`SELECT pg_stat_reset_shared('archiver')`);
    const folder = join(server.it().server.dataDirectory, 'pg_wal/archive_status');
    const then = Date.now() / 1_000 - LONG_AGO_SEC;
    const ready = (await readdir(folder)).filter((name) => name.endsWith('.ready'));
    for (const name of ready) await utimes(join(folder, name), then, then);
    return undo;
  }),
);

drill('SettingsUnsafe', 'page', async () =>
  course('SettingsUnsafe', async () => set('fsync', 'off')),
);
