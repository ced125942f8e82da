import pMap from 'p-map';
import { Event } from '../../contract/events.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { isBelowFloor, readFloors } from '../../retention/read-floors.ts';
import type { Lineage } from '../../store/lineage.ts';
import { parseArchiveFile } from '../../wal/archive-file.ts';
import { readSegmentHeader } from '../../wal/page.ts';
import type { Segment } from '../../wal/segment.ts';
import { findOwedFiles } from '../../wal/shipping/catch-up.ts';
import {
  currentTimeline,
  openShipment,
  type ShippingDeps,
} from '../../wal/shipping/open-shipment.ts';
import { shipFile } from '../../wal/shipping/ship-file.ts';
import { shipReadyFiles } from '../../wal/shipping/ship-ready-files.ts';
import { planCandidates } from './plan-rescue.ts';

/** WAL of a stopped server that the store may lack. */
export interface LeftFiles {
  /** The timeline that the server wrote. */
  readonly timeline: number;
  /** Whole files that are offered, or should be in the store by their marks. */
  readonly whole: readonly string[];
  /** The last segment that was begun; what is in it is nowhere else. */
  readonly last: Segment | undefined;
}

/** How WAL is rescued. */
export interface RescueOptions extends CallOptions {
  /** Most files in flight at once. */
  readonly parallel: number;
}

const HEADS_AT_A_TIME = 8;

/**
 * What a stopped server left in `pg_wal`. Marks are not trusted: a crash may lie between the end of
 * a segment and its mark, so a segment counts as whole when the next one was begun.
 *
 * @throws {@link OpsError} `PG-DATA-DIR`.
 */
export async function findLeftFiles(
  deps: Pick<ShippingDeps, 'wal' | 'controlData'>,
  options: CallOptions = {},
): Promise<LeftFiles> {
  const { wal } = deps;
  const control = await deps.controlData(options);
  const timeline = await currentTimeline(wal, control, options.signal);
  const present = await wal.present(options);
  const { settled, open } = planCandidates({ ...control, present, timeline });
  const begun: Segment[] = [];
  for (const segment of open) {
    if (!(await isBegun(wal, segment, control.systemIdentifier, options))) break;
    begun.push(segment);
  }
  const last = begun.pop();
  const marked = [...(await wal.ready(options)), ...(await findOwedFiles(wal, options))];
  const filled = [...settled, ...begun].map(({ name }) => name);
  const whole = new Set([...marked, ...filled].filter((name) => name !== last?.name));
  // PostgreSQL marked the last one itself: then it is whole, and nothing was begun behind it.
  const isMarked = last !== undefined && marked.includes(last.name);
  if (isMarked) whole.add(last.name);
  return { timeline, whole: [...whole], last: isMarked ? undefined : last };
}

/** Those of `names` that the store does not have and may get, in no order. */
export async function findMissing(
  names: readonly string[],
  { store, lineage }: Pick<ShippingDeps, 'store'> & { readonly lineage: Lineage },
  { signal }: CallOptions = {},
): Promise<readonly string[]> {
  const floors = await readFloors(store, lineage, { signal });
  const missing = await pMap(
    names.filter(
      (name) => parseArchiveFile(name).kind !== 'partial' && !isBelowFloor(floors, name),
    ),
    async (name) =>
      (await store.head(lineage.keys.wal(name), { signal })) === undefined ? [name] : [],
    { concurrency: HEADS_AT_A_TIME, signal },
  );
  return missing.flat();
}

/**
 * Ships every whole file that the store lacks, as the stopped server's own agent would.
 *
 * @throws {@link OpsError} what keeps the server from archiving, or one of its files from being
 *   shipped: `WAL-FENCED`, `WAL-CONFLICT`, `WAL-IDENTITY`, `WAL-SPOOL`, the store's own.
 */
export async function rescueWal(
  deps: ShippingDeps,
  left: LeftFiles,
  { parallel, signal }: RescueOptions,
): Promise<void> {
  const wal = asStopped(deps.wal);
  const shipment = await openShipment({ ...deps, wal }, { signal });
  const { lineage } = shipment;
  const ready = new Set(await wal.ready({ signal }));
  const unoffered = left.whole.filter((name) => !ready.has(name));
  const owed = await findMissing(unoffered, { store: deps.store, lineage }, { signal });
  const stop = signal ?? new AbortController().signal;
  const options = { life: undefined, owed, parallel, stop, untilDrained: true };
  const { failures } = await shipReadyFiles(shipment, deps, options);
  // What retention let go is owed to nobody.
  const failure = [...failures.values()].find(({ code }) => code !== 'WAL-EXPIRED');
  if (failure !== undefined) throw failure;
  signal?.throwIfAborted();
  const segments = ready.size + owed.length;
  deps.log.info(Event.RESTORE_WAL_RESCUED, { cluster: deps.cluster, segments });
}

/** Ships the last segment, which replay has proven to be whole: nothing came after it. */
export async function rescueLast(
  deps: ShippingDeps,
  last: string,
  { signal }: CallOptions,
): Promise<void> {
  const wal = asStopped(deps.wal);
  await shipFile(await openShipment({ ...deps, wal }, { signal }), last, 'done');
}

/** Nobody recycles its files, so that they can be read without their marks. */
function asStopped(wal: WalDirectory): WalDirectory {
  return {
    path: wal.path,
    ready: async (options) => wal.ready(options),
    readySince: async (name, options) => wal.readySince(name, options),
    done: async (options) => wal.done(options),
    present: async (options) => wal.present(options),
    read: async (name, _, options) => wal.read(name, 'any', options),
    postmaster: async () => undefined,
    changed: async (ms, signal) => wal.changed(ms, signal),
  };
}

async function isBegun(
  wal: WalDirectory,
  { name, startLsn }: Segment,
  systemIdentifier: string,
  options: CallOptions,
): Promise<boolean> {
  const bytes = await wal.read(name, 'any', options);
  if (bytes === undefined) return false;
  try {
    const header = readSegmentHeader(bytes);
    return header.startLsn === startLsn && header.systemIdentifier === systemIdentifier;
  } catch (error) {
    // Never written, or recycled from before.
    if (isOpsError(error, 'WAL-PAGE')) return false;
    throw error;
  }
}
