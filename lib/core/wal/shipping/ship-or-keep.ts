import { isOpsError } from '../../errors/ops-error.ts';
import { gapAround, type KnownGap, readGaps } from '../../store/gap-log.ts';
import { putSealed } from '../../store/sealed-object.ts';
import { sha256 } from '../../store/sha256.ts';
import { assertStillWriter } from '../../store/writer-epoch.ts';
import { isSegmentName } from '../segment.ts';
import { shipFile, type Shipment, type ShippedFile } from './ship-file.ts';

/** What became of a file that PostgreSQL offers. */
export type OfferedFile =
  | ShippedFile
  | {
      readonly name: string;
      /** Its bytes, if there were any, lie beside the archive: a human acknowledged a gap there. */
      readonly outcome: 'kept';
      readonly plainBytes: number;
    };

/**
 * Ships a file that PostgreSQL offers as {@link shipFile} does. A segment that cannot go under its
 * name is kept below `gap/` instead, once its gap was acknowledged: PostgreSQL may then forget it, and
 * nothing is lost.
 *
 * @returns `undefined` when the file is not there, and nobody has acknowledged that.
 * @throws {@link OpsError} as {@link shipFile}.
 */
export async function shipOrKeep(
  shipment: Shipment,
  name: string,
): Promise<OfferedFile | undefined> {
  try {
    const file = await shipFile(shipment, name, 'ready');
    if (file !== undefined) return file;
    const gap = await acknowledgedGap(shipment, name);
    return gap && { name, outcome: 'kept', plainBytes: 0 };
  } catch (error) {
    const gap = await gapThatExplains(shipment, name, error);
    if (gap === undefined) throw error;
    return keep(shipment, name, gap);
  }
}

/** Other bytes are explained by a poisoned name alone: what is missing may still come. */
async function gapThatExplains(
  shipment: Shipment,
  name: string,
  error: unknown,
): Promise<KnownGap | undefined> {
  if (isOpsError(error, 'WAL-CONFLICT')) return acknowledgedGap(shipment, name, 'poisoned');
  return isOpsError(error, 'WAL-PAGE') ? acknowledgedGap(shipment, name) : undefined;
}

async function acknowledgedGap(
  { store, lineage, signal }: Shipment,
  name: string,
  kind?: KnownGap['kind'],
): Promise<KnownGap | undefined> {
  if (!isSegmentName(name)) return undefined;
  return gapAround(await readGaps(store, lineage, { signal }), name, kind);
}

async function keep(shipment: Shipment, name: string, gap: KnownGap): Promise<OfferedFile> {
  const { wal, store, lineage, claim, signal } = shipment;
  const plain = await wal.read(name, 'ready', { signal });
  if (plain === undefined) return { name, outcome: 'kept', plainBytes: 0 };
  await assertStillWriter(store, lineage, claim, { signal });
  const { epoch, acceptEpochs } = claim;
  const key = lineage.keys.gapSegment(gap.id, name, sha256(plain));
  await putSealed(store, key, plain, { epoch, acceptEpochs, signal });
  return { name, outcome: 'kept', plainBytes: plain.byteLength };
}
