import postgres from 'postgres';
import { socketPath } from '../../lib/core/adapters/postgres/connection.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { startBenchCluster } from './bench-cluster.ts';

/** What makes a server hard to look at. */
export type Crowd = 'nothing in it' | 'tables' | 'statements' | 'connections';

/** How many of each there are. */
export interface CrowdSizes {
  readonly tables: number;
  readonly statements: number;
  readonly connections: number;
}

/** A server as `init` leaves it to its monitoring role. */
export interface WatchedCluster extends BenchCluster {
  readonly monitor: BenchCluster['server']['connection'];
}

const TABLES_AT_ONCE = 100;
/** Three of so many columns make statements enough. */
const COLUMNS = 40;
const SPARE_CONNECTIONS = 20;

/** Makes a server in `directory` with a crowd in it, which stays until the server goes. */
export async function startWatchedCluster(
  instance: PostgresInstance,
  directory: string,
  crowd: Crowd,
  sizes: CrowdSizes,
): Promise<WatchedCluster> {
  await using ends = new AsyncDisposableStack();
  const cluster = ends.use(
    await startBenchCluster(instance, directory, {
      archive_command: 'true',
      max_connections: String(sizes.connections + SPARE_CONNECTIONS),
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.max': '50000',
      'pg_stat_statements.track': 'all',
    }),
  );
  const { connection } = cluster.server;
  await using setup = openClusterSetup(connection);
  await ensureRoles(setup, instance.major, {});
  await setup.ensureHealthFunctions(MONITOR);
  await cluster.sql('CREATE EXTENSION pg_stat_statements');
  if (crowd === 'tables') await makeTables(cluster, sizes.tables);
  if (crowd === 'statements') await makeStatements(cluster, sizes.statements);
  if (crowd === 'connections') ends.use(await connect(cluster, sizes.connections));
  const all = ends.move();
  return {
    ...cluster,
    monitor: { ...connection, user: MONITOR },
    [Symbol.asyncDispose]: async () => all.disposeAsync(),
  };
}

/** Each with an index, a TOAST with another, statistics, and a row that was updated. */
async function makeTables({ sql }: Pick<BenchCluster, 'sql'>, tables: number): Promise<void> {
  await sql(`
    DO $$ BEGIN FOR i IN 1..${tables} LOOP
      EXECUTE format('CREATE TABLE crowd_%s (id int PRIMARY KEY, word text)', i);
      EXECUTE format('INSERT INTO crowd_%s VALUES (1, ''a'')', i);
      EXECUTE format('UPDATE crowd_%s SET word = ''b''', i);
      IF i % ${TABLES_AT_ONCE} = 0 THEN COMMIT; END IF;
    END LOOP; END $$`);
  await sql('VACUUM ANALYZE');
}

async function makeStatements(
  { sql }: Pick<BenchCluster, 'sql'>,
  statements: number,
): Promise<void> {
  const columns = Array.from({ length: COLUMNS }, (_, index) => `c${index} int`);
  await sql(`CREATE TABLE wide (${columns.join(', ')})`);
  await sql(`
    DO $$ BEGIN FOR i IN 0..${statements - 1} LOOP
      EXECUTE format('SELECT c%s + c%s * c%s FROM wide', i % ${COLUMNS}, i / ${COLUMNS} % ${COLUMNS},
                     i / ${COLUMNS ** 2} % ${COLUMNS});
    END LOOP; END $$`);
}

async function connect({ server }: BenchCluster, connections: number): Promise<AsyncDisposable> {
  const { host, port, user, database } = server.connection;
  const driver = postgres({
    path: socketPath(host, port),
    user,
    database,
    max: connections,
    fetch_types: false,
  });
  // All at once, so that none is used twice.
  await Promise.all(Array.from({ length: connections }, async () => driver`SELECT pg_sleep(10)`));
  return { [Symbol.asyncDispose]: async () => driver.end({ timeout: 0 }) };
}
