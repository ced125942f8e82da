import type { CallOptions } from '../../ports/object-store.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { isBelowFloor } from '../../retention/read-floors.ts';
import { historyName, parseArchiveFile } from '../archive-file.ts';
import { parseTimelineHistory } from '../timeline-history.ts';
import type { ShippingDeps } from './open-shipment.ts';
import { planUnmarked } from './plan-unmarked.ts';
import { shipFile, type Shipment, type ShippedFile } from './ship-file.ts';

/**
 * Names of whole files that PostgreSQL holds for archived, so that it will never offer them: a
 * promoted standby marks segments done that nobody ever shipped, another archive command may have run
 * before, and a recovered server began its timeline with archiving off. Whether the store has them is
 * still to be seen.
 */
export async function findOwedFiles(
  wal: WalDirectory,
  options: CallOptions,
): Promise<readonly string[]> {
  const names = await wal.done(options);
  return names.filter((name) => {
    const { kind } = parseArchiveFile(name);
    return kind === 'segment' || kind === 'history';
  });
}

/**
 * Names of whole segments that carry no mark at all, so that PostgreSQL says nothing of them: see
 * {@link planUnmarked}.
 *
 * @throws {@link OpsError} `WAL-HISTORY` when the history of `timeline` in `pg_wal` is malformed.
 */
export async function findUnmarked(
  { wal, controlData }: Pick<ShippingDeps, 'wal' | 'controlData'>,
  timeline: number,
  options: CallOptions,
): Promise<readonly string[]> {
  const { checkpointLsn, segmentBytes } = await controlData(options);
  const present = await wal.present(options);
  const marked = new Set([...(await wal.ready(options)), ...(await wal.done(options))]);
  const text = await wal.read(historyName(timeline), 'any', options);
  const history = parseTimelineHistory(Buffer.from(text ?? '').toString('utf8'), timeline);
  return planUnmarked({ present, marked, history, checkpointLsn, segmentBytes });
}

/**
 * Ships an owed file if the store lacks it; a history is compared with the one that is there.
 *
 * @returns `undefined` when the store has the segment or had it for as long as it was wanted, or
 *   PostgreSQL has removed the file.
 * @throws {@link OpsError} as {@link shipFile}; `WAL-PAGE` also for a segment that was recycled for
 *   later use at that moment.
 */
export async function shipOwedFile(
  shipment: Shipment,
  name: string,
): Promise<ShippedFile | undefined> {
  const { store, lineage, floors, signal } = shipment;
  // Two recoveries may begin the same timeline at different points: only its bytes tell which it is.
  if (name.endsWith('.history')) return shipFile(shipment, name, 'any');
  if (isBelowFloor(floors, name)) return undefined;
  if ((await store.head(lineage.keys.wal(name), { signal })) !== undefined) return undefined;
  return shipFile(shipment, name, 'any');
}
