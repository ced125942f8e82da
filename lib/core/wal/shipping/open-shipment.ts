import { OpsError } from '../../errors/ops-error.ts';
import { lineageFolder } from '../../contract/key-layout.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Digests } from '../../ports/digests.ts';
import type { Log } from '../../ports/log.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { ControlData } from '../../ports/postgres-instance.ts';
import type { Spool } from '../../ports/spool.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { readFloors } from '../../retention/read-floors.ts';
import { lineageNames, openLineage, proveLineageStore } from '../../store/lineage.ts';
import { type ClaimGrounds, claimWriter, type WriterIdentity } from '../../store/writer-epoch.ts';
import { parseArchiveFile } from '../archive-file.ts';
import { isReplaying, proveOwnHistory } from './prove-history.ts';
import type { Shipment } from './ship-file.ts';
import { workbenches } from './workbenches.ts';

/** What whoever ships WAL of one server works with. */
export interface ShippingDeps {
  readonly store: ObjectStore;
  readonly cluster: string;
  readonly wal: WalDirectory;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  /** @default - segments are hashed in turn with all else */
  readonly digests?: Digests | undefined;
  /** Reads the control file afresh. */
  readonly controlData: (options?: CallOptions) => Promise<ControlData>;
  /** What tells this server from its clones, read afresh. */
  readonly self: (options?: CallOptions) => Promise<WriterIdentity>;
}

/**
 * Earns the right to archive for the server behind `deps`, before the first byte is sent: the spool
 * is its own, the store has its lineage and honours conditions, no other writer stands unless
 * `grounds` overrule it, and what the store has of its timeline is this server's own history.
 *
 * @throws {@link OpsError} `WAL-SPOOL`, `WAL-IDENTITY` when the cluster in the store is another
 *   system, `WAL-FENCED`, `WAL-DIVERGED`, `STORE-UNSAFE`, `PG-DATA-DIR` when the control file is
 *   unreadable; `STORE-CORRUPT`, `STORE-FORMAT` when nobody can tell which names retention used up.
 */
export async function openShipment(
  deps: ShippingDeps,
  options: CallOptions & { readonly grounds?: ClaimGrounds | undefined } = {},
): Promise<Shipment> {
  const { store, wal, cluster, clock, log, spool } = deps;
  const { signal } = options;
  const control = await deps.controlData({ signal });
  await spool.verify(control.systemIdentifier, { signal });
  const id = { cluster, systemIdentifier: control.systemIdentifier, major: control.major };
  const known = await lineageNames(store, cluster, { signal });
  if (!known.includes(lineageFolder(id))) throw foreign(store, cluster, known, lineageFolder(id));
  const lineage = await openLineage(store, id, { signal });
  if (lineage.identity.segmentBytes !== control.segmentBytes) {
    throw new OpsError(
      'WAL-IDENTITY',
      `the archive has segments of ${lineage.identity.segmentBytes} bytes, this server of ${control.segmentBytes}`,
      {
        hint: 'wal_segment_size was changed by pg_resetwal: archive to a fresh store with "holdfast init --move-archive"',
      },
    );
  }
  await spool.verifyArchive({ cluster, storeUrl: store.url }, { signal });
  await proveLineageStore(store, lineage, { signal });
  const timeline = await currentTimeline(wal, control, signal);
  const { controlData } = deps;
  const proof = { store, lineage, wal, control, controlData, timeline, signal };
  const prove = async (): Promise<void> => proveOwnHistory(proof);
  const self = { ...(await deps.self({ signal })), timeline };
  const claim = await claimWriter(
    { store, lineage, clock, log, prove, signal, isReplaying: isReplaying(control, timeline) },
    self,
    options.grounds,
  );
  // After the epoch is taken: who let names go before then did so for this writer too.
  const floors = await readFloors(store, lineage, { signal });
  const benches = workbenches(control.segmentBytes, deps.digests);
  return { wal, store, lineage, claim, floors, benches, signal };
}

/**
 * The timeline that the server writes. The control file lags behind a promotion until the next
 * checkpoint; the history that the promotion wrote is there at once.
 *
 * @see PostgreSQL CreateEndOfRecoveryRecord, src/backend/access/transam/xlog.c
 */
export async function currentTimeline(
  wal: WalDirectory,
  control: ControlData,
  signal?: AbortSignal,
): Promise<number> {
  const marked = [...(await wal.ready({ signal })), ...(await wal.done({ signal }))];
  const histories = marked.map(parseArchiveFile).filter(({ kind }) => kind === 'history');
  return Math.max(control.timeline, ...histories.map(({ timeline }) => timeline));
}

function foreign(
  store: ObjectStore,
  cluster: string,
  known: readonly string[],
  own: string,
): OpsError {
  if (known.length === 0) {
    return new OpsError('CATALOG-CLUSTER', `${store.url} knows no cluster ${cluster}`, {
      hint: 'prepare it first with "holdfast init"',
    });
  }
  return new OpsError(
    'WAL-IDENTITY',
    `cluster ${cluster} in ${store.url} is ${known.join(', ')}, this server is ${own}`,
    {
      hint: "the store or the data directory is another cluster's: check --store, --cluster and --data-dir",
    },
  );
}
