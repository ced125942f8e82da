import { OpsError } from '../../errors/ops-error.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { WalDirectory, WalMark } from '../../ports/wal-directory.ts';
import type { Lineage } from '../../store/lineage.ts';
import { putSealed } from '../../store/sealed-object.ts';
import { sha256 } from '../../store/sha256.ts';
import { assertStillWriter, type WriterClaim } from '../../store/writer-epoch.ts';
import { parseArchiveFile } from '../archive-file.ts';
import { prepareIndex } from '../index/put-index.ts';
import { assertWholeSegment } from '../whole-segment.ts';
import { parseTimelineHistory } from '../timeline-history.ts';
import type { ReusedBuffers } from './reused-buffers.ts';

/** Where a file comes from, where it goes, and who sends it. */
export interface Shipment {
  readonly wal: WalDirectory;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly claim: WriterClaim;
  /** Each has room for a segment. */
  readonly buffers: ReusedBuffers;
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
 *   `WAL-FENCED`, `WAL-CONFLICT`, or one of the store's.
 */
export async function shipFile(
  shipment: Shipment,
  name: string,
  mark: WalMark,
): Promise<ShippedFile | undefined> {
  const { wal, store, lineage, claim, buffers, signal } = shipment;
  const file = parseArchiveFile(name);
  using buffer = buffers.borrow();
  const plain = await wal.read(name, mark, { signal, into: buffer.bytes });
  if (plain === undefined) return undefined;
  proveContent(plain, file, lineage);
  await assertStillWriter(store, lineage, claim, { signal });
  const isPartial = file.kind === 'partial';
  const key = isPartial ? lineage.keys.walPartial(name, sha256(plain)) : lineage.keys.wal(name);
  const { epoch, acceptEpochs } = claim;
  const options = { epoch, acceptEpochs, signal };
  const storing = putSealed(store, key, plain, options);
  // Read while another thread compresses.
  const putIndex = file.kind === 'segment' && prepareIndex(shipment, name, plain, options);
  const shipped = { name, outcome: await storing, plainBytes: plain.byteLength };
  return putIndex === false ? shipped : { ...shipped, putIndex };
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
