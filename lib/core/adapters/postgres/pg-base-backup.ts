import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import type {
  BaseBackupOptions,
  BaseBackupOutcome,
  BaseBackupSource,
} from '../../ports/base-backup-source.ts';
import { readMessages } from './base-backup-messages.ts';
import { type ConnectionOptions, libpqEnvironment } from './connection.ts';
import { toolProcess } from './run-tool.ts';

const KILL_AFTER_MS = 5_000;
/** Stands for the files when the server's messages name none. */
const UNNAMED_FILE = 'unknown';

/**
 * Base backups by `pg_basebackup`, as one tar on its standard output, which it makes of clusters
 * without tablespaces of their own only.
 *
 * @param binDirectory - where PostgreSQL's programs are, of the server's major version or newer.
 * @see https://www.postgresql.org/docs/current/app-pgbasebackup.html
 */
export function pgBaseBackupSource(
  binDirectory: string,
  connection: ConnectionOptions,
): BaseBackupSource {
  const program = join(binDirectory, 'pg_basebackup');
  return {
    start: (options) => {
      const { signal } = options;
      const environment = {
        ...libpqEnvironment(connection),
        PGAPPNAME: options.applicationName,
      };
      const subprocess = execa(program, programArguments(options), {
        ...toolProcess({ environment }),
        stdin: 'ignore',
        buffer: false,
        reject: false,
        forceKillAfterDelay: KILL_AFTER_MS,
        ...(signal === undefined ? {} : { cancelSignal: signal }),
      });
      const { stdout, stderr } = subprocess;
      // Execa lets output flow away that nobody has begun to read by the next turn of the event loop.
      stdout.pause();
      const conclude = async (): Promise<BaseBackupOutcome> => {
        const [ended, messages] = await Promise.all([subprocess, readMessages(stderr)]);
        signal?.throwIfAborted();
        if (!ended.failed) return { checksumFailures: [] };
        if (messages.hasChecksumError) {
          const { dataFiles } = messages;
          return { checksumFailures: dataFiles.length === 0 ? [UNNAMED_FILE] : dataFiles };
        }
        throw failed(messages.lastLines.join('\n') || (ended.shortMessage ?? 'no message'), ended);
      };
      const finished = conclude();
      // It may reject before anybody listens: whoever reads the chunks meets the error there.
      finished.catch(() => undefined);
      // Output that nobody reads any more would keep the process from counting as ended.
      signal?.addEventListener('abort', () => stdout.destroy(), { once: true });
      return { chunks: chunksOf(stdout, finished, signal), finished };
    },
  };
}

function programArguments(options: BaseBackupOptions): readonly string[] {
  const { checkpoint, maxRateKiB, label } = options;
  return [
    '--pgdata=-',
    '--format=tar',
    '--wal-method=none',
    '--no-password',
    `--checkpoint=${checkpoint}`,
    ...(maxRateKiB === undefined ? [] : [`--max-rate=${maxRateKiB}k`]),
    `--label=${label}`,
  ];
}

async function* chunksOf(
  stdout: Readable,
  finished: Promise<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of stdout) yield chunk as Uint8Array;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
  // Why the process failed says more than a tar that stops somewhere.
  await finished;
}

function failed(said: string, cause: unknown): OpsError {
  return new OpsError('BACKUP-FAILED', `pg_basebackup failed: ${said}`, {
    cause,
    hint: "the message is its own or the server's; the role needs REPLICATION and a line in pg_hba.conf",
  });
}
