import { OpsError } from '../../../errors/ops-error.ts';

type SystemError = Error & { readonly code: string };

const KEY_HINT = 'a key is never both an object and the folder of others';

/** Whether `error` came from the operating system, with one of `codes`. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}

/** Gives an operating system's error its code; anything else stays as it is. */
export function toStoreError(error: unknown, root: string): unknown {
  if (!isSystemError(error)) return error;
  const { message: text, code } = error;
  const fault = (storeCode: StoreCode, hint: string): OpsError =>
    new OpsError(storeCode, text, { cause: error, hint, details: { store: root } });
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fault('STORE-DENIED', `give this user the right to read and write below ${root}`);
    case 'ENOSPC':
    case 'EDQUOT':
      return fault(
        'STORE-UNAVAILABLE',
        `the file system of ${root} is full: make room, then retry`,
      );
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENAMETOOLONG':
      return fault('STORE-KEY', KEY_HINT);
    default:
      return fault('STORE-UNAVAILABLE', `check the disk or mount that holds ${root}`);
  }
}

/** The folder itself is not there, so nothing is known of what it should hold. */
export function missingStore(root: string, cause?: unknown): OpsError {
  return new OpsError('STORE-MISSING', `the store's folder ${root} does not exist`, {
    cause,
    hint: 'check that its disk is mounted; create the folder only if the store is new',
    details: { store: root },
  });
}

/** Something that is no object has the name an object was to get. */
export function notAFile(path: string, cause?: unknown): OpsError {
  const details = { path };
  return new OpsError('STORE-KEY', `${path} is not a file`, { cause, hint: KEY_HINT, details });
}

type StoreCode = 'STORE-DENIED' | 'STORE-UNAVAILABLE' | 'STORE-KEY';
