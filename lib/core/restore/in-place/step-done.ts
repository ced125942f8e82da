import { Event } from '../../contract/events.ts';
import type { InPlaceContext } from './in-place-context.ts';

/** Says that a step is durable: to the log, and to whoever watches. */
export async function stepDone(
  { log, lineage, stepped }: Pick<InPlaceContext, 'log' | 'lineage' | 'stepped'>,
  step: string,
): Promise<void> {
  log.info(Event.RESTORE_STEP_DONE, { cluster: lineage.id.cluster, step });
  await stepped?.(step);
}
