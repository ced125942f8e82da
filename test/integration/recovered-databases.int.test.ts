import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

const PREPARED = 15;
const RAISED = {
  max_connections: 250,
  max_locks_per_transaction: 300,
  max_prepared_transactions: 20,
  max_wal_senders: 40,
  max_worker_processes: 50,
};

/** The updates are what the catalogues would say on a machine with older collations and more locales. */
const ORDERS = `
  CREATE COLLATION german (provider = icu, locale = 'de');
  CREATE COLLATION unused (provider = icu, locale = 'sv');
  CREATE TABLE names (de text COLLATE german, own text);
  CREATE INDEX ON names (de);
  CREATE UNLOGGED TABLE "to do" AS SELECT 1 AS id;
  CREATE SUBSCRIPTION news CONNECTION 'host=ghost' PUBLICATION news WITH (connect = false);
  SELECT pg_create_logical_replication_slot('readers', 'pgoutput');
  UPDATE pg_collation SET collversion = '1.0' WHERE collname IN ('german', 'unused');
  UPDATE pg_database SET datcollversion = '2.1' WHERE datname = 'orders';
  UPDATE pg_database SET datcollate = 'xx_XX.UTF-8' WHERE datname = 'lost'`;

describe('the databases of a recovered server', () => {
  let cluster: ArchivedCluster;
  let result: RecoveryResult;
  let server: AttachedServer;

  /** Each line that ends with a semicolon is a statement, and a transaction, of its own. */
  const on = (database: string, statements: string): readonly string[] => {
    const each = statements.split(/;\n\s*/).flatMap((statement) => ['-c', statement]);
    return ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, ...each];
  };
  const origin = async (database: string, statement: string): Promise<string> =>
    cluster.attached.run('psql', on(database, statement));
  const recovered = async (statement: string): Promise<string> =>
    server.run('psql', on('orders', statement));

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql("ALTER SYSTEM SET wal_level = 'logical'");
    await cluster.attached.restart();
    await cluster.sql(
      "CREATE DATABASE orders TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'",
    );
    await cluster.sql('CREATE DATABASE lost');
    await origin('orders', ORDERS);
    await backUp(cluster);

    for (const [name, limit] of Object.entries(RAISED)) {
      await cluster.sql(`ALTER SYSTEM SET ${name} = ${limit}`);
    }
    await cluster.attached.restart();
    await origin('orders', 'CREATE TABLE facts (id int)');
    const prepare = Array.from(
      { length: PREPARED },
      (_, id) => `BEGIN;\nINSERT INTO facts VALUES (${id});\nPREPARE TRANSACTION 'left ${id}'`,
    );
    await origin('orders', prepare.join(';\n'));
    await archiveAll(cluster);
    result = await recoverTo(cluster, 'latest', join(await cluster.makeFolder('to'), 'data'));
    server = await startRecovered(cluster, result);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  test('whose collation version is another one here are named with what to do', () => {
    const note = result.notes.find((each) => each.includes('version 2.1'));
    expect(note).toMatch(/^the indexes of "orders" .* locale "en", which is [\d.]+ here/);
    expect(note).toContain('REFRESH COLLATION VERSION');
  });

  test('and their collations in use, but not those that nothing uses', () => {
    const note = result.notes.find((each) => each.includes('ALTER COLLATION'));
    expect(note).toMatch(/^database "orders" .*: public\.german: /);
  });

  test('whose locale is not on this machine are named', () => {
    expect(result.notes).toContainEqual(expect.stringMatching(/^database "lost" cannot .*xx_XX/));
  });

  test('have empty unlogged tables, which are named', async () => {
    expect(await recovered('SELECT count(*) FROM "to do"')).toBe('0');
    const note = 'unlogged tables of database "orders" are empty, as after a crash: public."to do"';
    expect(result.notes).toContain(note);
  });

  test('hold what was prepared after limits were raised, and room to end it', async () => {
    expect(await recovered('SELECT count(*) FROM pg_prepared_xacts')).toBe(String(PREPARED));
    await recovered("COMMIT PREPARED 'left 7'");
    expect(await recovered('SELECT id FROM facts')).toBe('7');
    await recovered("BEGIN;\nINSERT INTO facts VALUES (99);\nPREPARE TRANSACTION 'new'");
    expect(result.notes).toContainEqual(
      expect.stringContaining(`left prepared keep their locks until they are ended: ${PREPARED},`),
    );
  });

  test('have no slots, and subscriptions that take nothing from the origin', async () => {
    expect(await recovered('SELECT count(*) FROM pg_replication_slots')).toBe('0');
    expect(await recovered('SELECT subname FROM pg_subscription')).toBe('news');
    expect(await recovered('SHOW max_logical_replication_workers')).toBe('0');
  });
});
