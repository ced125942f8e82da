import { OpsError } from '../../errors/ops-error.ts';
import { startBeating } from './beat.ts';
import { indexShipped } from './index-shipped.ts';
import { openShipment, type ShippingDeps } from './open-shipment.ts';
import { shipFile, type Shipment } from './ship-file.ts';
import { shipOrKeep } from './ship-or-keep.ts';
import { shipReadyFiles } from './ship-ready-files.ts';

/** What a one-shot push ships. */
export interface PushRequest {
  /** The archive file that PostgreSQL waits for. */
  readonly name: string;
  /** Ship everything else that is ready as well, so that the next call finds it acknowledged. */
  readonly drain: boolean;
  readonly parallel: number;
  /** Ends the push at once: what is not durable by then is not acknowledged. */
  readonly stop: AbortSignal;
}

/**
 * Ships without an agent: the fallback of the archive script, and `holdfast wal-push`. It beats like
 * an agent while it is at work, so that the script waits for it instead of calling for another.
 *
 * @throws {@link OpsError} as the agent; `WAL-ABSENT` when PostgreSQL does not offer that file;
 *   `WAL-SPOOL` while another push is at work.
 */
export async function pushOnce(deps: ShippingDeps, request: PushRequest): Promise<void> {
  const { spool, clock } = deps;
  await using _lock = await spool.lock('one-shot');
  const beating = startBeating(spool, clock);
  try {
    await push(deps, request);
  } finally {
    await beating[Symbol.asyncDispose]();
    await spool.hush();
  }
}

async function push(deps: ShippingDeps, request: PushRequest): Promise<void> {
  const { spool, wal } = deps;
  const { name: wanted, drain, parallel, stop } = request;
  const life = await wal.postmaster();
  const shipment = await openShipment(deps, { signal: stop });
  if (life !== undefined) await spool.adopt(life);
  // A history must be durable before any segment of its timeline, so it is not left for later.
  await shipHeldHistories(shipment);
  const histories = (await wal.ready()).filter(isHistory).toSorted();
  for (const name of [...histories.filter((history) => history !== wanted), wanted]) {
    const file = await shipOrKeep(shipment, name);
    if (file === undefined && name === wanted) throw notOffered(name);
    if (file === undefined) continue;
    if (life !== undefined) await spool.acknowledge(life, name);
    await indexShipped(file, deps.log);
  }
  if (drain) await shipReadyFiles(shipment, deps, { life, parallel, stop, untilDrained: true });
}

/** Those that PostgreSQL never offers: a recovered server began its timeline with archiving off. */
async function shipHeldHistories(shipment: Shipment): Promise<void> {
  const { wal, store, lineage, signal } = shipment;
  for (const name of (await wal.done({ signal })).filter(isHistory).toSorted()) {
    const stored = await store.head(lineage.keys.wal(name), { signal });
    if (stored === undefined) await shipFile(shipment, name, 'any');
  }
}

function isHistory(name: string): boolean {
  return name.endsWith('.history');
}

function notOffered(name: string): OpsError {
  return new OpsError('WAL-ABSENT', `PostgreSQL does not offer ${name} for archiving`, {
    hint: 'this is plumbing for archive_command: name a file that has a .ready mark in pg_wal/archive_status',
  });
}
