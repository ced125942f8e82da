import { inject } from 'vitest';
import { until } from '../support/until.ts';
import { BACKUP_ROLE, type ContainerHost, makeContainerHost } from './container-host.ts';
import { docker } from './docker.ts';
import {
  answers,
  initializeCluster,
  prepareServer,
  sql,
  startAgent,
  startServer,
} from './roles.ts';

/** Name of the container that serves the data volume. */
export const PRIMARY = 'primary';
/** Name of the first agent. */
export const AGENT = 'agent';
/** All rows, as text. */
const ROWS = 'COPY (SELECT * FROM ledger ORDER BY id) TO STDOUT';

/** The same host, whose roles run from another image. */
export function withImage(host: ContainerHost, image: string): ContainerHost {
  return { ...host, run: async (words, options) => host.run(words, { image, ...options }) };
}

/** A host whose server archives by an agent, with a table to write to. @param image - else the one under test. */
export async function startProtectedHost(image = inject('image')): Promise<ContainerHost> {
  await using cleanup = new AsyncDisposableStack();
  const host = withImage(cleanup.use(await makeContainerHost()), image);
  await initializeCluster(host);
  await startServer(host, PRIMARY, 'data');
  await prepareServer(host);
  await docker(['restart', '--time', '60', PRIMARY]);
  await answers(PRIMARY);
  await startAgent(host, AGENT);
  await sql(PRIMARY, `ALTER ROLE ${BACKUP_ROLE} PASSWORD '${host.password}'`);
  await sql(PRIMARY, 'CREATE TABLE ledger (id bigserial PRIMARY KEY, note text NOT NULL)');
  cleanup.move();
  return host;
}

/** Commits rows. */
export async function insertRows(count: number, server = PRIMARY): Promise<void> {
  const notes = `SELECT md5(random()::text) FROM generate_series(1, ${count})`;
  await sql(server, `INSERT INTO ledger (note) ${notes}`);
}

/** All rows that a server has. */
export async function rowsOf(server: string): Promise<readonly string[]> {
  return (await sql(server, ROWS)).split('\n');
}

/** Ends the segment that is being written; gives its name. */
export async function endSegment(): Promise<string> {
  // Nothing is switched where nothing was written.
  await insertRows(1);
  return sql(PRIMARY, 'SELECT pg_walfile_name(pg_switch_wal())');
}

/** Waits until PostgreSQL was told that a segment, and all before it, are archived. */
export async function untilArchived(segment: string): Promise<void> {
  const last = "SELECT coalesce(left(last_archived_wal, 24), '') FROM pg_stat_archiver";
  await until(`${segment} is archived`, async () => (await sql(PRIMARY, last)) >= segment);
}
