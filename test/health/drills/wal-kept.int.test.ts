import { expect, test } from 'vitest';
import { deployedAlarms } from '../../fire-drill/deployed-alarms.ts';
import { drillBook } from '../../fire-drill/drill-book.ts';
import { expectDrill } from '../../fire-drill/expect-drill.ts';
import { runDrill } from '../../fire-drill/run-drill.ts';
import { until } from '../../support/until.ts';
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
  await writeSegments(segments);
  await sql('CHECKPOINT');
  return async () => {
    await sql(`SELECT pg_drop_replication_slot('forgotten')`);
    await recycle();
  };
}

/** Writes, and ends, so many segments of WAL. */
async function writeSegments(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
  }
}

/** A checkpoint removes what the one before it let go. */
async function recycle(): Promise<void> {
  for (let done = 0; done < 2; done += 1) {
    await writeSegments(1);
    await sql('CHECKPOINT');
  }
}

drill('SlotNearlyLost', 'page', async () => course('SlotNearlyLost', async () => heldSlot(6, 4)));

drill('SlotRetainsMuch', 'page', async () =>
  course('SlotRetainsMuch', async () => heldSlot(8, 100)),
);

/** An archiver that takes each segment and does not come back. */
async function hungArchiver(segments: number): Promise<Undo> {
  await sql(`ALTER SYSTEM SET archive_command = 'sleep 5'`);
  await sql('SELECT pg_reload_conf()');
  await writeSegments(segments);
  return async () => {
    await sql('ALTER SYSTEM RESET archive_command');
    await sql('SELECT pg_reload_conf()');
    await until('the archiver', async () => {
      const waiting = `SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ 'ready$'`;
      return (await sql(waiting)).trim() === '0';
    });
    await recycle();
  };
}

drill('WalDirLarge', 'page', async () => course('WalDirLarge', async () => hungArchiver(20)));

/** A slot that is lost, and lies there; then the archiver hangs. */
async function lostSlotBeside(): Promise<Undo> {
  const dropped = await heldSlot(20, 2);
  expect(await sql('SELECT wal_status FROM pg_replication_slots')).toBe('lost');
  const archives = await hungArchiver(20);
  return async () => {
    await archives();
    await dropped();
  };
}

test('a lost slot keeps nothing: it pages, and so does the disk that fills up', async () => {
  const sent = await course('WalDirLarge', lostSlotBeside);
  expectDrill(runDrill(await deployedAlarms(), 'WalDirLarge', sent), 'page');
  expectDrill(runDrill(await deployedAlarms(), 'SlotNearlyLost', sent), 'page');
});

test('a slot explains what it keeps: it pages, and the disk that fills up does not', async () => {
  const sent = await course('WalDirLarge', async () => heldSlot(20, 100));
  const { firedMin, toldMin } = runDrill(await deployedAlarms(), 'WalDirLarge', sent);
  expect(firedMin).toEqual(expect.any(Number));
  expect(toldMin).toBeUndefined();
  expectDrill(runDrill(await deployedAlarms(), 'SlotRetainsMuch', sent), 'page');
});
