import { drillBook } from '../../fire-drill/drill-book.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const server = drillServer({
  walSegmentMegabytes: 1,
  settings: { archive_mode: 'on', archive_command: 'true', autovacuum: 'off' },
});
const { sql, course } = server;

/** Has PostgreSQL archive by another command, and gives it something to archive. */
async function archiveBy(command: string, segments = 1): Promise<Undo> {
  await sql(`ALTER SYSTEM SET archive_command = '${command}'`);
  await sql('SELECT pg_reload_conf()');
  for (let count = 0; count < segments; count += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
  return async () => {
    await sql('ALTER SYSTEM RESET archive_command');
    await sql('SELECT pg_reload_conf()');
  };
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
