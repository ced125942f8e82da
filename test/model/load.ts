import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import { errorCodeOf } from '../../lib/core/adapters/system/file-error.ts';
import { until } from '../support/until.ts';
import { composeChanges, statementsOf } from './compose-changes.ts';
import { transactionKey } from './facts.ts';
import type { Acknowledged } from './kept-promises.ts';
import { connect, type ModelServer } from './model-server.ts';
import type { Random } from './random.ts';
import { readState } from './read-state.ts';
import { applyChanges, type Change, type Rows } from './rows.ts';
import type { World } from './world.ts';

/** Clients that write at the same time, each to rows of its own, whatever becomes of the server. */
export interface Load {
  /** What was promised to any of them. */
  readonly acknowledged: readonly Acknowledged[];
  /** Lets each finish what it is at. */
  stop(): Promise<void>;
}

/** One of them. */
interface Client {
  readonly random: Random;
  /** What this client alone may change. */
  rows: Rows;
  session: postgres.Sql | undefined;
  sessionName: string;
  /** A transaction whose end it has not heard of: its session's name, and the ids of its rows. */
  doubtful: { readonly sessionName: string; readonly ids: readonly number[] } | undefined;
}

const LONGEST_PAUSE_MS = 40;
const RETRY_MS = 100;

/** Starts `clients` that share the rows of `server` among them. */
export function startLoad(world: World, server: ModelServer, clients: readonly Random[]): Load {
  const over = new AbortController();
  const acknowledged: Acknowledged[] = [];
  const work = clients.map(async (random, index) => {
    const rows = share(server.rows, clients.length, index);
    const session = { session: undefined, sessionName: '', doubtful: undefined };
    const client: Client = { random, rows, ...session };
    while (!over.signal.aborted) {
      try {
        await writeOnce(world, server, client, acknowledged);
        await delay(random.below(LONGEST_PAUSE_MS));
      } catch (error) {
        if (!isExpected(error)) throw error;
        world.count('load: a transaction broke off');
        await leave(client);
        await delay(RETRY_MS);
      }
    }
    await leave(client);
  });
  // A fault shows when the load is stopped.
  for (const one of work) one.catch(() => undefined);
  return {
    acknowledged,
    stop: async () => {
      over.abort();
      await Promise.all(work);
    },
  };
}

/**
 * One transaction. A commit that has changed nothing promises nothing: PostgreSQL answers before it is
 * on disk, and may give its number again after a crash.
 *
 * @see PostgreSQL RecordTransactionCommit, src/backend/access/transam/xact.c: `wrote_xlog`
 */
async function writeOnce(
  world: World,
  server: ModelServer,
  client: Client,
  acknowledged: Acknowledged[],
): Promise<void> {
  const { random } = client;
  const session = open(world, server, client);
  if (client.doubtful !== undefined) await askAgain(client, session, client.doubtful);
  const pending = [...server.prepared.values(), ...server.open].flatMap(({ changes }) => changes);
  const nextNumber = (): number => world.nextNumber();
  const changes = composeChanges(random, { rows: client.rows, pending, schema: false, nextNumber });
  await session.unsafe('BEGIN');
  const xid = await run(session, client.rows, changes);
  world.transactions.set(transactionKey(server.timeline, xid), changes);
  if (random.chance(0.1)) {
    await session.unsafe('ROLLBACK');
    world.count('load: rolled back');
    return;
  }
  const ids = changes.flatMap((change) => ('id' in change ? [change.id] : []));
  client.doubtful = { sessionName: client.sessionName, ids };
  const sentMs = performance.now();
  await session.unsafe('COMMIT');
  if (changes.length > 0) acknowledged.push({ xid, changes, sentMs, heardMs: performance.now() });
  client.rows = applyChanges(client.rows, changes);
  client.doubtful = undefined;
  world.count('load: committed');
}

function open(world: World, { attached }: ModelServer, client: Client): postgres.Sql {
  if (client.session !== undefined) return client.session;
  client.sessionName = `load ${world.nextNumber()}`;
  client.session = connect(attached, client.sessionName);
  return client.session;
}

/** Makes the changes; gives the transaction's number. */
async function run(
  session: postgres.Sql,
  before: Rows,
  changes: readonly Change[],
): Promise<number> {
  let rows = before;
  for (const change of changes) {
    for (const statement of statementsOf(change, rows)) await session.unsafe(statement);
    rows = applyChanges(rows, [change]);
  }
  const [row] = await session<{ xid: string }[]>`SELECT pg_current_xact_id()::text AS xid`;
  return Number(row?.xid);
}

/** The answer to a commit was lost: only the server knows whether it happened. */
async function askAgain(
  client: Client,
  session: postgres.Sql,
  { sessionName, ids }: NonNullable<Client['doubtful']>,
): Promise<void> {
  await until('what the lost session was at has ended', async () => {
    const [row] = await session<{ isOver: boolean }[]>`
      SELECT count(*) = 0 AS "isOver" FROM pg_stat_activity WHERE application_name = ${sessionName}`;
    return row?.isOver === true;
  });
  const known = [...client.rows.values()].flatMap((content) => [...content.keys()]);
  const own = new Set([...known, ...ids]);
  const { rows } = await readState(session);
  client.rows = filtered(rows, (id) => own.has(id));
  client.doubtful = undefined;
}

/** Every `of`th row, beginning with the `index`th. */
function share(rows: Rows, of: number, index: number): Rows {
  return filtered(rows, (id) => id % of === index);
}

function filtered(rows: Rows, isKept: (id: number) => boolean): Rows {
  return new Map(
    [...rows].map(([table, content]) => [
      table,
      new Map([...content].filter(([id]) => isKept(id))),
    ]),
  );
}

async function leave(client: Client): Promise<void> {
  await client.session?.end({ timeout: 0 });
  client.session = undefined;
}

/** What a client of a server meets that crashes, starts, or has no space left. */
function isExpected(error: unknown): boolean {
  const code = errorCodeOf(error) ?? '';
  if (/^(57P|53|58|08|CONNECTION_|CONNECT_|ECONN|ENOENT$|EPIPE$)/.test(code)) return true;
  // A full disk, for which PostgreSQL has no code here: write_relcache_init_file in relcache.c.
  return error instanceof Error && error.message === 'could not write init file';
}
