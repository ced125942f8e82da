import { isOpsError } from '../../errors/ops-error.ts';
import type { ClusterPlace } from '../../ports/cluster-place.ts';
import type { Move } from './plan-moves.ts';

/**
 * Renames a data directory. A server may have been started on it up to that very moment: then it is
 * moved back.
 *
 * @throws {@link OpsError} `RESTORE-IN-USE`; `RESTORE-IN-PLACE` when the system does not let it happen.
 */
export async function moveIdle(
  place: ClusterPlace,
  move: Extract<Move, { kind: 'rename' }>,
): Promise<void> {
  const { from, to } = move;
  await place.move(move);
  try {
    await place.assertIdle(to);
  } catch (error) {
    if (isOpsError(error, 'RESTORE-IN-USE')) {
      await place.move({ kind: 'rename', from: to, to: from });
    }
    throw error;
  }
}
