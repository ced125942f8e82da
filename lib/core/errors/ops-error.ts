import { ERROR_CODES, type ErrorCode } from './codes.ts';

/** What an {@link OpsError} carries besides its code and sentence. */
export interface OpsErrorOptions {
  /** What the operator should do or look at next. */
  readonly hint?: string;
  /** Values a program may read: names, sizes, hashes. Never a secret. */
  readonly details?: Readonly<Record<string, string | number>>;
  /** The foreign error behind this one, never rewritten. */
  readonly cause?: unknown;
}

/**
 * A failure an operator can act on: a code that never changes, one sentence with the value
 * received (lower-case, no full stop), and a hint.
 *
 * @example
 * throw new OpsError('STORE-URL', `no store is reached by ${url}`, { hint: 'use file:///dir or s3://bucket/prefix' });
 */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, options: OpsErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** Exit status of a command that ends with this error, 25–125. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** Whether the same call may succeed later by itself. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Whether `error` is an {@link OpsError}, with that code if one is given. */
export function isOpsError(error: unknown, code?: ErrorCode): error is OpsError {
  return error instanceof OpsError && (code === undefined || error.code === code);
}

/** What a disk, or the room for files on this machine, may do at any call. */
const FAILING = new Set(
  'EIO ENOSPC EDQUOT EFBIG ENXIO ENODEV ESTALE ETIMEDOUT EMFILE ENFILE ENOMEM EBUSY EAGAIN'.split(
    ' ',
  ),
);
const FORBIDDING = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Gives any thrown value a code: an {@link OpsError} as it is, what the operating system refuses on
 * a path as `HOST-IO` or `HOST-DENIED`, the rest as `INTERNAL`.
 */
export function toOpsError(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = refusalOnPath(error) ?? '';
  if (FAILING.has(code)) {
    return new OpsError('HOST-IO', message, {
      cause: error,
      hint: 'see "df -h", "ulimit -n" and the system log for a full or failing disk, then run it again',
    });
  }
  if (FORBIDDING.has(code)) {
    return new OpsError('HOST-DENIED', message, {
      cause: error,
      hint: 'run it as the account that owns this path, or give this account the right to it',
    });
  }
  return new OpsError('INTERNAL', message, {
    cause: error,
    hint: 'this is a fault in Holdfast itself: please report it with the log',
  });
}

/** The system's own code, provided that a call on a file failed, not one on a socket. */
function refusalOnPath(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return 'address' in error || 'port' in error ? undefined : String(error.code);
}
