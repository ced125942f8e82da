import { readControlFile } from '../../lib/core/adapters/postgres/control-data.ts';
import { FolderSpool } from '../../lib/core/adapters/wal/folder-spool.ts';
import { PgWalDirectory } from '../../lib/core/adapters/wal/pg-wal-directory.ts';
import { readWriterIdentity } from '../../lib/core/adapters/wal/writer-identity.ts';
import type { ShippingDeps } from '../../lib/core/wal/shipping/open-shipment.ts';
import type { Cli } from './cli.ts';
import type { StoreOptions } from './common-options.ts';

/** Options of whoever ships WAL. */
export interface ShippingVerbOptions extends StoreOptions {
  readonly spool: string;
  readonly dataDir: string;
  readonly parallel?: number;
}

/** Segments in flight at once: enough to hide the store's latency, few enough to stay small. */
export const DEFAULT_PARALLEL = 4;

/** More would leave wider holes than uploads in flight can explain, and fill the memory. */
export const MAX_PARALLEL = 16;

/** Puts together what ships WAL of the server whose data directory is on this machine. */
export async function shippingDeps(options: ShippingVerbOptions, cli: Cli): Promise<ShippingDeps> {
  const { dataDir, spool, cluster } = options;
  return {
    store: await cli.openStore(options),
    cluster,
    clock: cli.clock,
    log: cli.log,
    ...clusterFiles(dataDir, spool),
  };
}

/** What is shipped from: the files of one server, as they are in `dataDir`. */
export function clusterFiles(
  dataDir: string,
  spool: string,
): Pick<ShippingDeps, 'wal' | 'spool' | 'controlData' | 'self'> {
  return {
    wal: new PgWalDirectory(dataDir),
    spool: new FolderSpool(spool, dataDir),
    ...clusterIdentity(dataDir),
  };
}

/** What tells the server whose files are in `dataDir` from others. */
export function clusterIdentity(dataDir: string): Pick<ShippingDeps, 'controlData' | 'self'> {
  return {
    controlData: async (call) => readControlFile(dataDir, call),
    self: async () => readWriterIdentity(dataDir),
  };
}
