import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';

/** Clocks that are further apart than this do not tell the same time. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** When something was stored, by the clock of this machine. */
export interface StoredBetween {
  readonly began: Date;
  readonly ended: Date;
}

/**
 * When an object was stored by the store's own clock. For a folder that is the machine's, or the server's
 * that the folder is mounted from.
 *
 * @throws {@link OpsError} `RETENTION-PLAN` when this machine's clock is more than five minutes off.
 */
export async function storeTimeOf(
  store: ObjectStore,
  key: string,
  { began, ended }: StoredBetween,
  options: CallOptions = {},
): Promise<Date> {
  const at = (await store.head(key, options))?.modifiedAt;
  if (at === undefined) throw new OpsError('STORE-ABSENT', `${key} was stored, and is gone`);
  const isInTime =
    at.getTime() >= began.getTime() - CLOCK_TOLERANCE_MS &&
    at.getTime() <= ended.getTime() + CLOCK_TOLERANCE_MS;
  if (isInTime) return at;
  throw new OpsError(
    'RETENTION-PLAN',
    `it is ${ended.toISOString()} on this machine and ${at.toISOString()} at the store`,
    { hint: 'nothing was let go: set the clock that is wrong, then run it again' },
  );
}
