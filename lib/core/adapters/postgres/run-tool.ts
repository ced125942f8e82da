import { execa, ExecaError } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { type FileOwner, serverOwner } from '../system/file-owner.ts';

/** How to run one of PostgreSQL's programs. */
export interface ToolOptions extends CallOptions {
  /** Environment variables above the usual ones; a password goes here, never into the arguments. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Account to run as when this process is root. @default - {@link serverOwner} */
  readonly owner?: FileOwner | undefined;
  /** @default 60000 */
  readonly timeoutMs?: number;
  /** Text for the program's standard input. @default - none */
  readonly input?: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;
const STDERR_LINES = 5;

/**
 * Runs one program to its end and gives what it printed on stdout, at most 4 MiB.
 *
 * @throws {@link OpsError} `PG-FAILED` with the last lines of its stderr, `PG-TIMEOUT` past the
 *   deadline; the signal's reason when that is aborted.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  options.signal?.throwIfAborted();
  try {
    const { stdout } = await execa(program, args, {
      ...toolProcess(options),
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      timeout: timeoutMs,
      maxBuffer: MAX_OUTPUT_CHARACTERS,
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    });
    return stdout;
  } catch (cause) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw toolError(program, cause, timeoutMs);
  }
}

/**
 * What every program of PostgreSQL is started with: an account it accepts, a directory that account
 * can be in, messages in English, and none of libpq's variables besides those given.
 */
export function toolProcess(options: Pick<ToolOptions, 'environment' | 'owner'>): {
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  readonly extendEnv: false;
  readonly uid?: number;
  readonly gid?: number;
} {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C', ...options.environment };
  const owner = process.getuid?.() === 0 ? (options.owner ?? serverOwner()) : undefined;
  return { cwd: '/', env, extendEnv: false, ...owner };
}

function toolError(program: string, cause: unknown, timeoutMs: number): OpsError {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (!(cause instanceof ExecaError)) {
    return new OpsError('PG-FAILED', `${name} could not be started`, { cause });
  }
  if (cause.timedOut) {
    return new OpsError('PG-TIMEOUT', `${name} did not end within ${timeoutMs / 1000} s`, {
      cause,
      hint: 'see what the server or the disk is waiting for, then run it again',
    });
  }
  const stderr: unknown = cause.stderr;
  const lines = typeof stderr === 'string' ? stderr.trim().split('\n') : [];
  const said = lines.slice(-STDERR_LINES).join('\n');
  return new OpsError('PG-FAILED', `${name} failed: ${said || cause.originalMessage}`, {
    cause,
    hint: `the message is ${name}'s own: its manual page tells what it means`,
    details: { program: name, exitCode: cause.exitCode ?? -1 },
  });
}
