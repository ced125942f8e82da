import type postgres from 'postgres';
import { composeChanges, statementsOf } from './compose-changes.ts';
import { transactionKey } from './facts.ts';
import type { ModelServer } from './model-server.ts';
import type { Random } from './random.ts';
import { applyChanges, type Change, type Rows } from './rows.ts';
import type { World } from './world.ts';

const MOST_PENDING = 2;

/** One transaction on `server`, which ends in one of all the ways a transaction can. */
export async function writeTransaction(
  world: World,
  server: ModelServer,
  random: Random,
): Promise<void> {
  const { prepared, open } = server;
  const ending = random.weighted([
    { kind: 'committed', weight: 12 },
    { kind: 'rolled back', weight: 2 },
    { kind: 'prepared', weight: prepared.size < MOST_PENDING ? 2 : 0 },
    { kind: 'left open', weight: open.length < MOST_PENDING ? 1.5 : 0 },
  ] as const).kind;
  const isShort = ending === 'committed' || ending === 'rolled back';
  const session = server.sql();
  await session.unsafe('BEGIN');
  const changes = await change(world, server, random, session, isShort);
  const xid = await ownXid(session);
  // Known before it ends: a crash may come between its commit and our hearing of it.
  world.transactions.set(transactionKey(server.timeline, xid), changes);
  const gid = `g${world.nextNumber()}`;
  if (ending === 'committed') await session.unsafe('COMMIT');
  else if (ending === 'rolled back') await session.unsafe('ROLLBACK');
  else if (ending === 'prepared') await session.unsafe(`PREPARE TRANSACTION '${gid}'`);
  if (ending === 'committed') server.rows = applyChanges(server.rows, changes);
  if (ending === 'prepared') prepared.set(gid, { xid, changes });
  if (ending === 'left open') {
    open.push({ xid, changes, session });
    server.leaveSession();
  }
  const name = ending === 'prepared' ? ` as ${gid}` : '';
  tell(world, server, `transaction ${xid} (${changesText(changes)}) ${ending}${name}`);
  world.count(`transaction ${ending}`);
}

/** Ends a transaction that was prepared or left open. */
export async function endPending(world: World, server: ModelServer, random: Random): Promise<void> {
  const { prepared, open } = server;
  const verb = random.chance(0.7) ? 'COMMIT' : 'ROLLBACK';
  const choice = random.pick([...prepared.keys(), ...open]);
  let changes: readonly Change[];
  if (typeof choice === 'string') {
    await server.sql().unsafe(`${verb} PREPARED '${choice}'`);
    changes = prepared.get(choice)?.changes ?? [];
    prepared.delete(choice);
  } else {
    await choice.session.unsafe(verb);
    await choice.session.end();
    changes = choice.changes;
    open.splice(open.indexOf(choice), 1);
  }
  if (verb === 'COMMIT') server.rows = applyChanges(server.rows, changes);
  const what = typeof choice === 'string' ? `PREPARED ${choice}` : `of transaction ${choice.xid}`;
  tell(world, server, `${verb} ${what}`);
  world.count(typeof choice === 'string' ? 'second phase' : 'long transaction ended');
}

/** Adds a line to the story. */
export function tell(world: World, server: ModelServer, what: string): void {
  world.story.push(`${new Date().toISOString()} timeline ${server.timeline}: ${what}`);
}

/** Makes changes in an open transaction, some in subtransactions that are kept or undone. */
async function change(
  world: World,
  server: ModelServer,
  random: Random,
  session: postgres.Sql,
  schema: boolean,
): Promise<readonly Change[]> {
  const pending = [...server.prepared.values(), ...server.open].flatMap(({ changes }) => changes);
  const compose = (rows: Rows): readonly Change[] =>
    composeChanges(random, { rows, pending, schema, nextNumber: () => world.nextNumber() });
  const parts = random.chance(0.2) ? (['kept', 'undone', 'kept'] as const) : (['plain'] as const);
  let made: readonly Change[] = [];
  for (const part of parts) {
    const before = applyChanges(server.rows, made);
    const changes = compose(before);
    if (part !== 'plain') await session.unsafe('SAVEPOINT part');
    await run(session, before, changes);
    if (part === 'undone') await session.unsafe('ROLLBACK TO part');
    else made = [...made, ...changes];
    if (part !== 'plain') await session.unsafe('RELEASE part');
  }
  if (parts.length > 1) world.count('subtransactions');
  return made;
}

async function run(session: postgres.Sql, before: Rows, changes: readonly Change[]): Promise<void> {
  let rows = before;
  for (const change of changes) {
    for (const statement of statementsOf(change, rows)) await session.unsafe(statement);
    rows = applyChanges(rows, [change]);
  }
}

async function ownXid(session: postgres.Sql): Promise<number> {
  const [row] = await session.unsafe<{ xid: string }[]>('SELECT pg_current_xact_id()::text AS xid');
  return Number(row?.xid);
}

function changesText(changes: readonly Change[]): string {
  const words = changes.map((change) =>
    'id' in change
      ? `${change.kind} ${change.table}/${change.id}`
      : `${change.kind} ${change.table}`,
  );
  return words.join(', ') || 'nothing';
}
