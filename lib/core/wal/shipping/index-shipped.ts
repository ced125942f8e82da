import { Event } from '../../contract/events.ts';
import { failureFields } from '../../errors/failure-fields.ts';
import type { Log } from '../../ports/log.ts';
import type { ShippedFile } from './ship-file.ts';

/**
 * Stores the index of a file that was shipped and acknowledged, if it is a segment. A failure is a
 * warning and no more: "verify" makes up for it, and until then a plan reads the segment itself.
 */
export async function indexShipped(
  { name, putIndex }: Pick<ShippedFile, 'name' | 'putIndex'>,
  log: Log,
): Promise<void> {
  const error = await putIndex?.();
  if (error === undefined) return;
  log.warn(Event.SEGMENT_NOT_INDEXED, { wal_segment: name, ...failureFields(error) });
}
