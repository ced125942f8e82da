import { OpsError } from '../../errors/ops-error.ts';
import type { ObjectMetadata, PutOptions } from '../../ports/object-store.ts';

/** What {@link settleExisting} says of an object whose hashes or writer nobody recorded. */
const UNKNOWN = 'unknown';

/**
 * What a conditional put means when its key was taken already: `'identical'` for the same plain
 * bytes from the same or an accepted epoch.
 *
 * The stored bytes are not compared: two releases of a compressor may pack the same bytes
 * differently.
 *
 * @throws {@link OpsError} `WAL-CONFLICT` for anything else.
 */
export function settleExisting(
  key: string,
  offered: PutOptions,
  stored: ObjectMetadata | undefined,
): 'identical' {
  const sameBytes = stored?.plainSha256 === offered.plainSha256;
  const epochs = [offered.epoch, ...(offered.acceptEpochs ?? [])];
  if (stored !== undefined && sameBytes && epochs.includes(stored.epoch)) return 'identical';
  throw new OpsError('WAL-CONFLICT', `${key} is there already, ${difference(stored, sameBytes)}`, {
    hint: 'two writers share this archive, or history was rewritten: stop the wrong one, then see docs/runbook.md#wal-conflict',
    details: {
      key,
      offeredSha256: offered.plainSha256,
      storedSha256: stored?.plainSha256 ?? UNKNOWN,
      offeredEpoch: offered.epoch,
      storedEpoch: stored?.epoch ?? UNKNOWN,
    },
  });
}

/** A streamed key is never tried twice, so whatever is there is a conflict. */
export function streamConflict(key: string, cause?: unknown): OpsError {
  return new OpsError(
    'WAL-CONFLICT',
    `${key} is there already, and streamed keys are not retried`,
    {
      cause,
      hint: 'start the backup again: it takes a new id, and so new keys',
      details: { key },
    },
  );
}

/** A lease that somebody else has replaced since it was read. */
export function leaseLost(key: string, cause?: unknown): OpsError {
  return new OpsError('STORE-LEASE', `${key} was replaced by somebody else`, {
    cause,
    hint: 'another process holds this lease: wait for it, or read it again',
    details: { key },
  });
}

/** No object where one was to be read. */
export function absent(key: string, cause?: unknown): OpsError {
  return new OpsError('STORE-ABSENT', `there is no object ${key}`, {
    cause,
    hint: 'check the store URL and the cluster, then run "holdfast verify"',
    details: { key },
  });
}

/** A store that lets a second put of the same key through. */
export function unsafeStore(url: string, cause?: unknown): OpsError {
  return new OpsError('STORE-UNSAFE', `${url} overwrites objects in spite of a condition`, {
    cause,
    hint: 'use a store that honours If-None-Match (Amazon S3 does) or a file system with hard links',
    details: { store: url },
  });
}

function difference(stored: ObjectMetadata | undefined, sameBytes: boolean): string {
  if (stored === undefined) return 'without hashes to compare';
  return sameBytes ? `the same bytes from epoch ${stored.epoch}` : 'with other bytes';
}
