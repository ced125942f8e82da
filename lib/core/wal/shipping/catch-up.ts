import type { CallOptions } from '../../ports/object-store.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { parseArchiveFile } from '../archive-file.ts';
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
 * Ships an owed file if the store lacks it; a history is compared with the one that is there.
 *
 * @returns `undefined` when the store has the segment, or PostgreSQL has removed the file.
 * @throws {@link OpsError} as {@link shipFile}; `WAL-PAGE` also for a segment that was recycled for
 *   later use and keeps its mark for a moment longer.
 */
export async function shipOwedFile(
  shipment: Shipment,
  name: string,
): Promise<ShippedFile | undefined> {
  const { store, lineage, signal } = shipment;
  // Two recoveries may begin the same timeline at different points: only its bytes tell which it is.
  if (name.endsWith('.history')) return shipFile(shipment, name, 'done');
  if ((await store.head(lineage.keys.wal(name), { signal })) !== undefined) return undefined;
  return shipFile(shipment, name, 'done');
}
