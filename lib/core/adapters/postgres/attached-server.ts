import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresInstance, RunningServer } from '../../ports/postgres-instance.ts';
import { type ConnectionOptions, libpqEnvironment } from './connection.ts';
import { dataDirectoryOwner } from './data-directory-owner.ts';
import { runTool, type ToolOptions } from './run-tool.ts';
import { waitUntilReady } from './server-readiness.ts';

/** Which data directory to serve, and how. */
export interface AttachOptions {
  readonly dataDirectory: string;
  /** Appended to; made if absent. */
  readonly logFile: string;
  /** Given on the command line, so they stand above every file. @default - none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Superuser to connect as. @default 'postgres' */
  readonly user?: string;
  /** Longest wait until it answers: it may have WAL to replay. @default 30000 */
  readonly readyTimeoutMs?: number;
}

/**
 * A server started here on a data directory, reached only by a unix socket in a private directory.
 * Disposing it stops the server and removes the socket's directory, never the data.
 */
export interface AttachedServer extends AsyncDisposable {
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly connection: ConnectionOptions;
  /** Starts it again after {@link stop} or {@link killNine}; resolves when it answers. */
  start(): Promise<void>;
  /** Does nothing when it is stopped. @default 'fast' */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL, as a crash would; resolves when all its processes are gone. */
  killNine(): Promise<void>;
  restart(): Promise<void>;
  /**
   * Runs a program of PostgreSQL, such as `psql` or `pgbench`, against this server; gives what it
   * printed.
   *
   * @throws {@link OpsError} `PG-FAILED`, `PG-TIMEOUT`.
   */
  run(program: string, args: readonly string[], options?: ToolOptions): Promise<string>;
}

const PORT = 5432;
const READY_TIMEOUT_MS = 30_000;

/**
 * Starts a server on an existing data directory, whoever made it; resolves when it answers.
 *
 * @throws {@link OpsError} `PG-FAILED` with the end of its log when it ends instead; `PG-TIMEOUT`
 *   when it does not answer in time; `PG-DATA-DIR`. It does not run then.
 */
export async function attachServer(
  instance: PostgresInstance,
  options: AttachOptions,
): Promise<AttachedServer> {
  const { dataDirectory, logFile, user = 'postgres' } = options;
  const socketDirectory = await makeSocketDirectory(dataDirectory);
  const connection = { host: socketDirectory, port: PORT, user, database: 'postgres' };
  let running: RunningServer | undefined;

  const server: AttachedServer = {
    dataDirectory,
    logFile,
    connection,
    start: async () => {
      running = await instance.start({
        dataDirectory,
        logFile,
        settings: { ...options.settings, ...isolation(socketDirectory) },
      });
      try {
        await waitUntilReady(running, connection, options.readyTimeoutMs ?? READY_TIMEOUT_MS);
      } catch (error) {
        await server.stop('immediate');
        throw error;
      }
    },
    stop: async (mode = 'fast') => {
      const stopping = running;
      running = undefined;
      await stopping?.stop(mode);
    },
    killNine: async () => {
      const dying = running;
      running = undefined;
      await dying?.kill();
    },
    restart: async () => {
      await server.stop();
      await server.start();
    },
    run: async (program, args, toolOptions = {}) =>
      runTool(join(instance.binDirectory, program), args, {
        ...toolOptions,
        environment: { ...libpqEnvironment(connection), ...toolOptions.environment },
      }),
    [Symbol.asyncDispose]: async () => {
      try {
        await server.stop();
      } finally {
        await rm(socketDirectory, { recursive: true, force: true });
      }
    },
  };

  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** In the system's own place for such files: the path of a socket holds at most 107 bytes. */
async function makeSocketDirectory(dataDirectory: string): Promise<string> {
  const { uid, gid } = await dataDirectoryOwner(dataDirectory);
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  if (process.getuid?.() === 0) await chown(directory, uid, gid);
  return directory;
}

/** What keeps all others out, whatever the data directory's own files say. */
function isolation(socketDirectory: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: socketDirectory,
  };
}
