import { drillBook } from '../../fire-drill/drill-book.ts';
import { drillServer, type Undo } from './drill-server.ts';

const drill = drillBook(import.meta.filename);
const { sql, course } = drillServer({
  walSegmentMegabytes: 1,
  settings: {
    archive_mode: 'on',
    archive_command: 'true',
    autovacuum: 'off',
    max_wal_size: '2MB',
    min_wal_size: '2MB',
  },
});

/** A slot that nobody reads from, and WAL since. */
async function heldSlot(segments: number, keepMegabytes: number): Promise<Undo> {
  await sql(`ALTER SYSTEM SET max_slot_wal_keep_size = '${keepMegabytes}MB'`);
  await sql('SELECT pg_reload_conf()');
  await sql(`SELECT pg_create_physical_replication_slot('forgotten', true)`);
  for (let count = 0; count < segments; count += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
  await sql('CHECKPOINT');
  return async () => {
    await sql(`SELECT pg_drop_replication_slot('forgotten')`);
    // A checkpoint recycles what the one before it let go.
    for (let count = 0; count < 2; count += 1) {
      await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
      await sql('CHECKPOINT');
    }
  };
}

drill('SlotNearlyLost', 'page', async () => course('SlotNearlyLost', async () => heldSlot(6, 4)));

drill('SlotRetainsMuch', 'page', async () =>
  course('SlotRetainsMuch', async () => heldSlot(8, 100)),
);

drill('WalDirLarge', 'page', async () => course('WalDirLarge', async () => heldSlot(40, 100)));
