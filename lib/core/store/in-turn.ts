import { type OpsError, toOpsError } from '../errors/ops-error.ts';
import type { CallOptions } from '../ports/object-store.ts';

/**
 * Works on each of some lineages, one after the other. One that fails keeps none of the others from its turn.
 *
 * @throws {@link OpsError} what the first failure was, once all had their turn; at once what `signal` says.
 */
export async function inTurn<T>(
  lineages: readonly T[],
  work: (lineage: T) => Promise<void>,
  { signal }: CallOptions = {},
): Promise<void> {
  let failure: OpsError | undefined;
  for (const lineage of lineages) {
    try {
      await work(lineage);
    } catch (error) {
      signal?.throwIfAborted();
      failure ??= toOpsError(error);
    }
  }
  if (failure !== undefined) throw failure;
}
