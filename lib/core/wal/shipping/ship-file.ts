import { OpsError } from '../../errors/ops-error.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { WalDirectory, WalMark } from '../../ports/wal-directory.ts';
import { expired, type Floors, isBelowFloor } from '../../retention/read-floors.ts';
import type { Lineage } from '../../store/lineage.ts';
import { seal, type Sealed, type SealOptions } from '../../store/sealed-object.ts';
import { assertStillWriter, type WriterClaim } from '../../store/writer-epoch.ts';
import { parseArchiveFile } from '../archive-file.ts';
import { prepareIndex } from '../index/put-index.ts';
import { assertWholeSegment } from '../whole-segment.ts';
import { parseTimelineHistory } from '../timeline-history.ts';
import type { Workbenches } from './workbenches.ts';

/** Where a file comes from, where it goes, and who sends it. */
export interface Shipment {
  readonly wal: WalDirectory;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly claim: WriterClaim;
  /** Below which a name that is free was used up. */
  readonly floors: Floors;
  readonly benches: Workbenches;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one file. */
export interface ShippedFile {
  readonly name: string;
  readonly outcome: 'created' | 'identical';
  readonly plainBytes: number;
  /**
   * Stores the index of a segment, and gives what went wrong instead of throwing it. To be called
   * when the file was acknowledged: PostgreSQL must never wait for it. Absent on other files.
   */
  readonly putIndex?: () => Promise<OpsError | undefined>;
}

/**
 * Ships one archive file: once resolved, its bytes are durable in the store.
 *
 * The order is the point: before the first byte is sent, the file is read whole and proven to be
 * what its name says and of this cluster, and the right to write is proven to stand.
 *
 * @returns `undefined` when the file is no longer there: PostgreSQL has no more need of it.
 * @throws {@link OpsError} `WAL-NAME`, `WAL-PAGE`, `WAL-IDENTITY`, `WAL-HISTORY`, `WAL-CHANGED`,
 *   `WAL-FENCED`, `WAL-CONFLICT`, or one of the store's; `WAL-EXPIRED` for a name that retention let go.
 */
export async function shipFile(
  shipment: Shipment,
  name: string,
  mark: WalMark,
): Promise<ShippedFile | undefined> {
  const { store, lineage, claim, signal } = shipment;
  if (await isUsedUp(shipment, name)) throw expired(name);
  const prepared = await prepareFile(shipment, name, mark);
  if (prepared === undefined) return undefined;
  const { sealed, plainBytes, ...indexing } = prepared;
  const { body, plainSha256 } = sealed;
  const isPartial = parseArchiveFile(name).kind === 'partial';
  const key = isPartial ? lineage.keys.walPartial(name, plainSha256) : lineage.keys.wal(name);
  await assertStillWriter(store, lineage, claim, { signal });
  const options = { ...sealOptions(shipment), plainSha256 };
  const outcome = await store.putIfAbsent(key, body, options);
  return { name, outcome, plainBytes, ...indexing };
}

/** Whether retention let the name go, so that other bytes may have had it. */
export async function isUsedUp(
  { store, lineage, floors, signal }: Pick<Shipment, 'store' | 'lineage' | 'floors' | 'signal'>,
  name: string,
): Promise<boolean> {
  if (!isBelowFloor(floors, name)) return false;
  // Below the floor too a kept backup keeps its own WAL.
  return (await store.head(lineage.keys.wal(name), { signal })) === undefined;
}

/** A file that is proven and packed, so that the next one can take its place. */
interface PreparedFile extends Pick<ShippedFile, 'plainBytes' | 'putIndex'> {
  readonly sealed: Sealed;
}

async function prepareFile(
  shipment: Shipment,
  name: string,
  mark: WalMark,
): Promise<PreparedFile | undefined> {
  const { wal, lineage, benches, signal } = shipment;
  const file = parseArchiveFile(name);
  using bench = await benches.take();
  const plain = await wal.read(name, mark, { signal, into: bench.bytes });
  if (plain === undefined) return undefined;
  proveContent(plain, file, lineage);
  const sealing = seal(plain, bench);
  // Read while another thread compresses.
  const putIndex =
    file.kind === 'segment'
      ? prepareIndex(shipment, name, plain, sealOptions(shipment))
      : undefined;
  const prepared = { sealed: await sealing, plainBytes: plain.byteLength };
  return putIndex === undefined ? prepared : { ...prepared, putIndex };
}

function sealOptions({ claim, signal }: Shipment): SealOptions {
  const { epoch, acceptEpochs } = claim;
  return { epoch, acceptEpochs, signal };
}

function proveContent(
  plain: Uint8Array,
  file: ReturnType<typeof parseArchiveFile>,
  { id, identity }: Lineage,
): void {
  switch (file.kind) {
    case 'segment':
      assertWholeSegment(plain, file.name, { ...id, segmentBytes: identity.segmentBytes });
      return;
    case 'history':
      parseTimelineHistory(Buffer.from(plain).toString('utf8'), file.timeline);
      return;
    case 'partial':
      // Behind its last record a partial segment holds whatever the recycled file held before.
      if (plain.byteLength !== identity.segmentBytes) throw wrongSize(file.name, plain, identity);
      return;
    case 'backup':
      return;
  }
}

function wrongSize(
  name: string,
  plain: Uint8Array,
  { segmentBytes }: { readonly segmentBytes: number },
): OpsError {
  return new OpsError(
    'WAL-PAGE',
    `${name} has ${plain.byteLength} bytes instead of ${segmentBytes}`,
    { hint: 'the file is torn or not of this cluster: look at it with pg_waldump' },
  );
}
