import { isOpsError, type OpsError } from '../errors/ops-error.ts';

/**
 * Whether reading an object said that its bytes are not those that were stored: its hashes disagree, or
 * its seal is broken. A sealed object that was read without a key is not damaged.
 */
export function isDamaged(error: unknown): error is OpsError {
  return (
    isOpsError(error, 'STORE-CORRUPT') ||
    (isOpsError(error, 'VAULT-SEALED') && error.details['seal'] === 'broken')
  );
}
