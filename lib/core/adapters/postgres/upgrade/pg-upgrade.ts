import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { OpsError } from '../../../errors/ops-error.ts';
import type { CallOptions } from '../../../ports/object-store.ts';
import type { FileOwner } from '../../system/file-owner.ts';
import { toolProcess } from '../run-tool.ts';

/** One run of `pg_upgrade`. */
export interface PgUpgradeRun extends CallOptions {
  /** The program, of the new version. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly owner: FileOwner | undefined;
  /** A directory of the run's own; scripts for afterwards are put there. */
  readonly directory: string;
  /** Held by the program and by every server that it starts, for as long as one of them lives. */
  readonly lockFile: string;
  /** The new cluster, where it logs. */
  readonly made: string;
  /** Where what it logged is kept when it fails. */
  readonly logs: string;
  readonly said: (line: string) => void;
}

/** It copies whole databases. */
const TIMEOUT_MS = 24 * 3_600_000;
const LINES_SHOWN = 12;
const REPORT_CHARACTERS = 2_000;
const LOG_FOLDER = 'pg_upgrade_output.d';

/**
 * Runs `pg_upgrade` to its end.
 *
 * @throws {@link OpsError} `PG-FAILED` with its last words and with what it wrote about the reason.
 */
export async function runPgUpgrade(run: PgUpgradeRun): Promise<void> {
  const { program, signal, owner, directory, lockFile, said } = run;
  signal?.throwIfAborted();
  const lines: string[] = [];
  // The lock belongs to the open file: whatever inherits that keeps it.
  const held = ['--nonblock', '--no-fork', lockFile, program, ...run.arguments];
  try {
    const child = execa('flock', held, {
      ...toolProcess({ owner }),
      cwd: directory,
      stdin: 'ignore',
      all: true,
      timeout: TIMEOUT_MS,
      // What it has said is told as it comes.
      buffer: false,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    const reading = (async () => {
      for await (const line of child.iterable({ from: 'all' })) {
        lines.push(line);
        said(line);
      }
    })();
    await Promise.all([child, reading]);
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw await failureOf(run, lines, cause);
  }
}

async function failureOf(
  run: PgUpgradeRun,
  lines: readonly string[],
  cause: unknown,
): Promise<OpsError> {
  const reason = await keepLogs(run).catch(() => '');
  const words = lines.filter((line) => line.trim() !== '').slice(-LINES_SHOWN);
  const how = cause instanceof ExecaError ? cause.originalMessage : undefined;
  const said = [...words, ...(words.length === 0 && how ? [how] : []), reason].filter(Boolean);
  return new OpsError('PG-FAILED', `pg_upgrade failed: ${said.join('\n')}`, {
    cause,
    hint: `the old cluster is as it was; what pg_upgrade logged is in ${run.logs}`,
    details: { program: 'pg_upgrade' },
  });
}

/** Keeps what it logged, and gives the lines that tell the reason. */
async function keepLogs({ made, logs }: PgUpgradeRun): Promise<string> {
  await rm(logs, { recursive: true, force: true });
  await cp(join(made, LOG_FOLDER), logs, { recursive: true });
  const entries = await readdir(logs, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files
      .filter(({ name }) => /\.(txt|log)$/.test(name))
      .map(async ({ name, parentPath }) => {
        const text = await readFile(join(parentPath, name), 'utf8');
        // A list of what is in the way is all reason; of a log only what failed is.
        const telling = name.endsWith('.txt')
          ? text
          : text
              .split('\n')
              .filter((line) => /^pg_\w+: error: |^FATAL: /.test(line))
              .join('\n');
        return telling.trim() === '' ? '' : `${name}: ${telling.trim()}`;
      }),
  );
  return texts.filter(Boolean).join('\n').slice(0, REPORT_CHARACTERS);
}
