import pMap from 'p-map';
import type { DataDirectory } from '../../ports/data-directory.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { PostgresInstance } from '../../ports/postgres-instance.ts';
import { ServerFile } from '../replay/server-files.ts';
import { serverWords } from './server-words.ts';

/** A recovered directory with the configuration it will be started with. */
export interface SettledDirectory extends CallOptions {
  readonly directory: DataDirectory;
  readonly postgres: Pick<PostgresInstance, 'configured'>;
}

/** Values by setting, as a start would take them. */
type Configured = ReadonlyMap<string, string>;

/** Name files that a start reads or writes. */
const PATHS = ['hba_file', 'external_pid_file', 'log_directory'];
const ASKED = [
  'data_directory',
  'huge_pages',
  'logging_collector',
  'max_prepared_transactions',
  ...PATHS,
];
/** Asking for it goes through a whole start but for memory, sockets and the files of {@link PATHS}. */
const COMPUTED = 'shared_memory_size_in_huge_pages';
const ASKED_AT_A_TIME = 4;
const PREPARED_FOLDER = 'pg_twophase';
/** For new ones beside those that wait. */
const PREPARED_ROOM = 100;

/**
 * Makes sure that a start with the directory's own configuration serves this directory and no other,
 * with room for its prepared transactions, and tells what else would keep it from starting here.
 *
 * @returns what an operator should know.
 */
export async function settleConfiguration(settled: SettledDirectory): Promise<readonly string[]> {
  const { directory } = settled;
  const configured = await readConfigured(settled);
  return [
    ...(await keepRoom(directory, configured)),
    ...(await keepToDirectory(directory, configured)),
    ...outsideNotes(directory, configured),
    ...(await startNotes(settled, configured)),
  ];
}

/** Gives nothing when the configuration cannot be read; {@link startNotes} then says why. */
async function readConfigured({
  directory,
  postgres,
  signal,
}: SettledDirectory): Promise<Configured> {
  const ask = async (name: string): Promise<[string, string]> => [
    name,
    await postgres.configured(directory.path, name, { signal }),
  ];
  try {
    return new Map(await pMap(ASKED, ask, { concurrency: ASKED_AT_A_TIME }));
  } catch {
    signal?.throwIfAborted();
    return new Map();
  }
}

/**
 * The limit may have been raised after the backup whose configuration this is.
 *
 * @see PostgreSQL MarkAsPreparing, src/backend/access/transam/twophase.c
 */
async function keepRoom(directory: DataDirectory, configured: Configured): Promise<string[]> {
  const prepared = (await directory.names(PREPARED_FOLDER)).length;
  if (prepared === 0) return [];
  const note = `transactions that are left prepared keep their locks until they are ended: ${prepared}, see pg_prepared_xacts`;
  if (prepared <= Number(configured.get('max_prepared_transactions') ?? 0)) return [note];
  await appendLine(
    directory,
    ServerFile.AUTO_CONF,
    `max_prepared_transactions = '${prepared + PREPARED_ROOM}'`,
  );
  return [note];
}

/**
 * `-D` names only where the configuration is: a start would serve the directory that this names.
 *
 * @see PostgreSQL SelectConfigFiles, src/backend/utils/misc/guc.c
 */
async function keepToDirectory(
  directory: DataDirectory,
  configured: Configured,
): Promise<string[]> {
  const text = (await directory.readFile(ServerFile.CONF)) ?? '';
  // The text tells when nothing else can be read: once that is mended, nobody looks again.
  const named =
    configured.get('data_directory') ?? /^\s*data_directory[\s=]+'([^'\n]+)'/im.exec(text)?.[1];
  if (named === undefined || named === directory.path) return [];
  const own = directory.path.replaceAll("'", "''");
  await appendLine(directory, ServerFile.CONF, `data_directory = '${own}'`);
  return [
    `its postgresql.conf made a start here serve ${named}: now its last line names this directory ` +
      'instead, to be changed when you move it',
  ];
}

function outsideNotes({ path }: DataDirectory, configured: Configured): string[] {
  const outside = PATHS.map((name) => [name, configured.get(name) ?? ''] as const)
    .filter(([, place]) => place.startsWith('/') && !place.startsWith(`${path}/`))
    .filter(([name]) => name !== 'log_directory' || configured.get('logging_collector') === 'on');
  if (outside.length === 0) return [];
  const list = outside.map(([name, place]) => `${name} = ${place}`).join(', ');
  return [`its configuration names files that may be its origin's, or not be here: ${list}`];
}

async function startNotes(
  { directory, postgres, signal }: SettledDirectory,
  configured: Configured,
): Promise<string[]> {
  try {
    const pages = await postgres.configured(directory.path, COMPUTED, { signal });
    if (configured.get('huge_pages') !== 'on') return [];
    return [
      `huge_pages is on: it starts only where ${pages} huge pages are free (vm.nr_hugepages)`,
    ];
  } catch (error) {
    signal?.throwIfAborted();
    return [`it does not start here until its configuration is mended: ${serverWords(error)}`];
  }
}

async function appendLine(directory: DataDirectory, file: string, line: string): Promise<void> {
  const text = (await directory.readFile(file)) ?? '';
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  await directory.replaceFile(file, `${text}${end}# Set by Holdfast after a recovery.\n${line}\n`);
}
