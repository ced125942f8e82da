import { appendFile, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresInstance } from '../../ports/postgres-instance.ts';
import { serverOwner } from '../system/file-owner.ts';
import { attachServer, type AttachedServer } from './attached-server.ts';
import { runTool } from './run-tool.ts';

/** How to make a {@link createThrowawayServer | throwaway server}. */
export interface ThrowawayOptions {
  /** Made if absent, then owned by the server's account; gets `data` and `server.log`. */
  readonly directory: string;
  /** Written into postgresql.conf, so that ALTER SYSTEM still stands above them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether pages carry checksums. @default true */
  readonly checksums?: boolean;
  /** A power of two, 1 to 1024. @default 16 */
  readonly walSegmentMegabytes?: number;
}

/** The only superuser; nobody else can reach the socket, so it needs no password. */
const SUPERUSER = 'postgres';
const OWNER_ONLY = 0o700;
/** Not every macOS has C.UTF-8. */
const LOCALE = process.platform === 'linux' ? 'C.UTF-8' : 'C';
const CHECKSUMS_BY_DEFAULT_SINCE = 18;
const INITDB_TIMEOUT_MS = 120_000;

/**
 * A new, empty server in a directory of its own, running and reached by a private unix socket only.
 *
 * @throws {@link OpsError} `PG-FAILED` with the program's own words when it cannot be made or
 *   started, for one when `directory` lies where the server's account may not go.
 * @see https://www.postgresql.org/docs/current/app-initdb.html
 */
export async function createThrowawayServer(
  instance: PostgresInstance,
  options: ThrowawayOptions,
): Promise<AttachedServer> {
  const dataDirectory = join(options.directory, 'data');
  await mkdir(options.directory, { recursive: true, mode: OWNER_ONLY });
  const owner = serverOwner();
  if (owner !== undefined) await chown(options.directory, owner.uid, owner.gid);
  await runTool(
    join(instance.binDirectory, 'initdb'),
    initdbArguments(dataDirectory, instance.major, options),
    {
      owner,
      timeoutMs: INITDB_TIMEOUT_MS,
    },
  );
  const settings = Object.entries(options.settings ?? {});
  await appendFile(
    join(dataDirectory, 'postgresql.conf'),
    settings.map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`).join(''),
  );
  const logFile = join(options.directory, 'server.log');
  return attachServer(instance, { dataDirectory, logFile });
}

function initdbArguments(
  dataDirectory: string,
  major: number,
  options: ThrowawayOptions,
): readonly string[] {
  const { checksums = true, walSegmentMegabytes } = options;
  return [
    `--pgdata=${dataDirectory}`,
    `--username=${SUPERUSER}`,
    '--auth=trust',
    '--encoding=UTF8',
    `--locale=${LOCALE}`,
    ...checksumArguments(checksums, major),
    ...(walSegmentMegabytes === undefined ? [] : [`--wal-segsize=${walSegmentMegabytes}`]),
  ];
}

/** Checksums are the default from 18 on, and only then is there a way to do without. */
function checksumArguments(checksums: boolean, major: number): readonly string[] {
  if (checksums) return ['--data-checksums'];
  return major >= CHECKSUMS_BY_DEFAULT_SINCE ? ['--no-data-checksums'] : [];
}
