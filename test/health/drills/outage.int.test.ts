import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { LogMetric, type LogMetricName } from '../../../lib/core/contract/health-metrics.ts';
import { lineageKeys } from '../../../lib/core/contract/key-layout.ts';
import { drillBook } from '../../fire-drill/drill-book.ts';
import { once } from '../../fire-drill/engine/emissions.ts';
import type { Course } from '../../fire-drill/run-drill.ts';
import { signalFile } from '../../support/data-directories.ts';
import { until } from '../../support/until.ts';
import { drillServer } from './drill-server.ts';
import { countedIn, logLength } from './server-log.ts';

const drill = drillBook(import.meta.filename);
const { it, sql, course, open, changes, untouched } = drillServer({
  walSegmentMegabytes: 1,
  settings: {
    archive_mode: 'on',
    archive_command: 'true',
    wal_level: 'logical',
    log_line_prefix: '%m [%p] %e ',
    autovacuum_naptime: '1s',
    deadlock_timeout: '20ms',
    restart_after_crash: 'on',
  },
});
const CANCELLED = 5;

/** What the log tells of a fault: counted when it happens, and nothing before or after. */
async function logged(metric: LogMetricName, fault: () => Promise<unknown>): Promise<Course> {
  const { logFile } = it().server;
  const calm = await untouched();
  const skip = await logLength(logFile);
  await fault();
  const ill = await countedIn(logFile, metric, skip);
  return {
    well: calm,
    ill: (minute, since) => ({ ...calm(minute, since), ...once(ill)(minute, since) }),
    mended: calm,
  };
}

drill('DatabaseUnreachable', 'page', async () =>
  course('DatabaseUnreachable', async () => {
    await it().server.stop();
    return async () => it().server.start();
  }),
);

drill('SubscriptionFailing', 'ticket', async () => {
  const { host, port } = it().server.connection;
  const publisher = { database: 'publisher' };
  await sql('CREATE DATABASE publisher');
  await sql('CREATE TABLE one (id int PRIMARY KEY)', publisher);
  await sql('CREATE PUBLICATION all_of_it FOR ALL TABLES', publisher);
  await sql(`SELECT pg_create_logical_replication_slot('follower', 'pgoutput')`, publisher);
  await sql('CREATE TABLE one (id int PRIMARY KEY)');
  await sql(`CREATE SUBSCRIPTION follower
    CONNECTION 'host=${host} port=${port} dbname=publisher user=postgres' PUBLICATION all_of_it
    WITH (create_slot = false, slot_name = follower, copy_data = false, disable_on_error = true)`);
  const sent = await course('SubscriptionFailing', async () => {
    await sql('INSERT INTO one VALUES (1)');
    await sql('INSERT INTO one VALUES (1)', publisher);
    return async () => {
      await sql('DELETE FROM one');
      await sql('ALTER SUBSCRIPTION follower ENABLE');
    };
  });
  await sql('ALTER SUBSCRIPTION follower DISABLE');
  await sql('ALTER SUBSCRIPTION follower SET (slot_name = NONE)');
  await sql('DROP SUBSCRIPTION follower');
  await sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
  return sent;
});

drill('WalNotInStore', 'page', async () => {
  const store = new MemoryObjectStore();
  changes.store = async () => store;
  const archived = async (): Promise<string> => {
    const name = `SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver`;
    const before = (await sql(name)).trim();
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
    return until('a segment', async () => {
      const now = (await sql(name)).trim();
      return now !== before && now;
    });
  };
  const ship = async (name: string): Promise<void> => {
    const systemIdentifier = (
      await sql('SELECT system_identifier FROM pg_control_system()')
    ).trim();
    const keys = lineageKeys({ cluster: 'orders', systemIdentifier, major: it().instance.major });
    await store.putIfAbsent(keys.wal(name), Buffer.from('x'), { epoch: 1, plainSha256: 'x' });
  };
  await ship(await archived());
  return course('WalNotInStore', async () => {
    const lost = await archived();
    return async () => ship(lost);
  });
});

drill('AutovacuumCancelled', 'ticket', async () =>
  logged(LogMetric.AUTOVACUUMS_CANCELLED, async () => {
    await sql(`CREATE TABLE wanted WITH (autovacuum_vacuum_cost_delay = 100,
      autovacuum_vacuum_cost_limit = 1) AS SELECT generate_series(1, 60000) AS id`);
    await sql('DELETE FROM wanted');
    for (let count = 0; count < CANCELLED; count += 1) {
      await until('a worker', async () => {
        const workers = `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE a.backend_type = 'autovacuum worker' AND l.relation = 'wanted'::regclass`;
        return (await sql(workers)).trim() !== '0';
      });
      await sql('BEGIN; LOCK TABLE wanted; COMMIT');
    }
    await sql('DROP TABLE wanted');
  }),
);

/** Overwrites the middle of a table's first page on disk; gives the words that read it. */
async function damage(table: string): Promise<void> {
  await sql(`CREATE TABLE ${table} AS SELECT generate_series(1, 500) AS id`);
  const path = (await sql(`SELECT pg_relation_filepath('${table}')`)).trim();
  await it().server.stop();
  await using file = await openFile(join(it().server.dataDirectory, path), 'r+');
  await file.write(Buffer.alloc(64, 7), 0, 64, 4_096);
  await it().server.start();
}

/** Reads what cannot be read; fails when it can. */
async function readDamaged(table: string): Promise<void> {
  const words = await sql(`SELECT count(*) FROM ${table}`).catch(String);
  if (!words.includes('invalid page')) throw new Error(`${table} is not damaged: ${words}`);
}

drill('ChecksumsFailing', 'page', async () =>
  course('ChecksumsFailing', async () => {
    await damage('rotten');
    await readDamaged('rotten');
    return async () => {
      await sql('DROP TABLE rotten');
      await sql('SELECT pg_stat_reset()');
    };
  }),
);

drill('CorruptionLogged', 'page', async () =>
  logged(LogMetric.CORRUPTION_ERRORS, async () => {
    await damage('mouldy');
    await readDamaged('mouldy');
    await sql('DROP TABLE mouldy');
  }),
);

drill('BackendsKilled', 'page', async () =>
  logged(LogMetric.BACKENDS_KILLED, async () => {
    const { pid } = await open();
    process.kill(pid, 'SIGKILL');
    await until('the server', async () =>
      sql('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  }),
);

drill('WriterWrong', 'page', async () =>
  course('WriterWrong', async () => {
    const { server } = it();
    await server.stop();
    await signalFile(server.dataDirectory, 'standby.signal');
    await server.start();
    return async () => sql('SELECT pg_promote()');
  }),
);
