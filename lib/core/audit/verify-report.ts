import type { ErrorCode } from '../errors/codes.ts';
import { toOpsError } from '../errors/ops-error.ts';
import { isDamaged } from '../store/damaged.ts';

/** One thing that is wrong in the store. */
export interface Finding {
  readonly code: ErrorCode;
  /** Key of the object, or name of the segment or backup. */
  readonly object: string;
  readonly detail: string;
}

/** What `verify` found. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly checkedObjects: number;
  /** Stored bytes of the objects that were checked; with `deep`, that were read. */
  readonly checkedBytes: number;
  /** Indexes of segments that were missing and are there now. */
  readonly rebuiltIndexes: number;
  /** Indexes that are missing still: the store would not take them. */
  readonly missingIndexes: number;
  /** Complete base backups among what was verified. */
  readonly backups: number;
  readonly findings: readonly Finding[];
}

/** Besides those that may pass: what says something about the run, and nothing about an object. */
const NO_FINDING: ReadonlySet<ErrorCode> = new Set(['INTERNAL', 'STORE-DENIED', 'HOST-DENIED']);

/**
 * Turns what a check threw into a finding about `object`, or about the one that the error names.
 *
 * @throws the error itself when it says nothing about the object: the store is out of reach, or the
 *   caller gave up.
 */
export function findingFrom(error: unknown, object: string): Finding {
  const { code, message, retryable, details } = toOpsError(error);
  const hasNoKey = code === 'VAULT-SEALED' && !isDamaged(error);
  if (retryable || hasNoKey || NO_FINDING.has(code)) throw error;
  const named = details['object'];
  return { code, object: typeof named === 'string' ? named : object, detail: message };
}
