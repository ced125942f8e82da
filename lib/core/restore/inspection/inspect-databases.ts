import type { Clock } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { CatalogedDatabase, StoppedServer } from '../../ports/stopped-server.ts';
import { type DatabaseLook, databaseNotes } from './database-notes.ts';
import { serverWords } from './server-words.ts';

/** A recovered server that is stopped, and how long it may be looked at. */
export interface DatabaseInspection extends CallOptions {
  readonly server: StoppedServer;
  /** Databases that may be there, besides those every server begins with. */
  readonly likely: readonly string[];
  readonly clock: Clock;
  readonly patienceMs: number;
}

/** Not all of them need be there still; the last may be entered by nobody, but in single-user mode. */
const INITIAL = ['template1', 'postgres', 'template0'];
const MAX_ENTRIES = 6;
const MAX_LOOKS = 50;

/**
 * Looks into the databases for what changed by the recovery or with the machine: collations of another
 * version, locales that are not here, unlogged tables. Whatever goes wrong becomes a note.
 *
 * @returns what an operator should know.
 * @throws the signal's reason, and nothing else.
 */
export async function inspectDatabases(inspection: DatabaseInspection): Promise<readonly string[]> {
  const { server, clock, signal, patienceMs } = inspection;
  const endMs = clock.elapsedMs() + patienceMs;
  const callOptions = () => ({
    timeoutMs: Math.max(Math.ceil(endMs - clock.elapsedMs()), 1),
    signal,
  });
  const databases = await listed(inspection, callOptions);
  if (typeof databases === 'string') {
    return [`the databases were not checked for collations: ${databases}`];
  }
  const open = databases.filter(({ connectable }) => connectable);
  const looks: DatabaseLook[] = [];
  for (const { name } of open.slice(0, MAX_LOOKS)) {
    if (clock.elapsedMs() >= endMs) break;
    looks.push(await look(server, name, callOptions()));
    signal?.throwIfAborted();
  }
  return databaseNotes({ databases, looks, unseenCount: open.length - looks.length });
}

/** Asks the first database that can be opened; gives what the last one said when none can. */
async function listed(
  { server, likely, signal }: DatabaseInspection,
  callOptions: () => Parameters<StoppedServer['databases']>[1],
): Promise<readonly CatalogedDatabase[] | string> {
  let refusal = '';
  for (const name of [...new Set([...INITIAL, ...likely])].slice(0, MAX_ENTRIES)) {
    try {
      return await server.databases(name, callOptions());
    } catch (error) {
      signal?.throwIfAborted();
      refusal = serverWords(error);
    }
  }
  return refusal;
}

async function look(
  server: StoppedServer,
  database: string,
  call: Parameters<StoppedServer['contents']>[1],
): Promise<DatabaseLook> {
  try {
    return { database, contents: await server.contents(database, call) };
  } catch (error) {
    return { database, refusal: serverWords(error) };
  }
}
