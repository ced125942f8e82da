import type { Clock } from '../ports/clock.ts';
import type { ClusterServer, ClusterSetup } from '../ports/cluster-server.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { SpoolMaker, SpoolRequest } from '../ports/spool-maker.ts';
import { assertMayBegin, claimLineage } from '../store/lineage.ts';
import { lineageFolder, type LineageId, lineageKeys } from '../contract/key-layout.ts';
import { ensureRoles, missingRoles, MONITOR } from './ensure-roles.ts';
import { planInit, type SettingChange } from './plan-init.ts';

/** What `init` works with. */
export interface InitDeps {
  readonly server: ClusterServer;
  readonly setup: ClusterSetup;
  readonly store: ObjectStore;
  readonly spools: SpoolMaker;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What the operator asked for. */
export interface InitRequest {
  readonly cluster: string;
  readonly spool: string;
  /** Seconds; 1 or more. */
  readonly archiveTimeoutSec: number;
  /** Whether another tool's `archive_command` may go. */
  readonly replaceArchiveCommand?: boolean;
  /** Whether a server that archives elsewhere may archive here from now on. */
  readonly moveArchive?: boolean;
  /** Where the data directory is on this machine, when the server names another place. */
  readonly dataDirectory?: string | undefined;
  readonly oneShot?: readonly string[];
  /** The cluster may begin a second lineage: after pg_upgrade or a new initdb. */
  readonly newLineage: boolean;
  /** Only report. */
  readonly check: boolean;
}

/** What was, or would be, done. */
export interface InitReport {
  /** With `check`: whether nothing is left to do. Else true. */
  readonly ok: boolean;
  readonly cluster: string;
  readonly lineage: string;
  readonly changes: readonly SettingChange[];
  /** Lineage, spool, roles, functions, extension and tables that were, or would be, created. */
  readonly created: readonly string[];
  readonly needsRestart: boolean;
  readonly spool: string;
}

/**
 * Prepares a running server so that its WAL reaches the store. Identity comes first: the lineage is
 * claimed before one setting is changed, so a server that may not use the store stays as it was.
 *
 * @throws {@link OpsError} `PG-SETTINGS`, `CATALOG-LINEAGE`, `STORE-UNSAFE`, `WAL-SPOOL`, or one of
 *   the ports'.
 */
export async function runInit(request: InitRequest, deps: InitDeps): Promise<InitReport> {
  const { server, setup, store, spools, clock, signal } = deps;
  const about = await server.describe({ signal });
  const plan = planInit(about, request);
  const { systemIdentifier, major, segmentBytes } = about;
  const spool: SpoolRequest = {
    path: request.spool,
    dataDirectory: request.dataDirectory ?? about.dataDirectory,
    systemIdentifier,
    archive: { cluster: request.cluster, storeUrl: store.url },
    moveArchive: request.moveArchive === true,
    ...(request.oneShot && { oneShot: request.oneShot }),
  };
  const id = { cluster: request.cluster, systemIdentifier, major };
  // All that may refuse comes before the first change.
  await assertMayBegin(store, id, { allowNew: request.newLineage, signal });
  const missing = await findMissing(deps, id, spool);
  const report = {
    cluster: request.cluster,
    lineage: lineageFolder(about),
    changes: plan.changes,
    created: missing,
    needsRestart: plan.needsRestart,
    spool: request.spool,
  };
  if (request.check) {
    const isReady = plan.changes.length === 0 && missing.length === 0 && !plan.needsRestart;
    return { ok: isReady, ...report };
  }
  await claimLineage(
    store,
    { ...id, segmentBytes, createdAt: clock.now() },
    { allowNew: request.newLineage, signal },
  );
  await spools.make(spool, { signal });
  await ensureRoles(setup, major, { signal });
  await setup.ensureHealthFunctions(MONITOR, { signal });
  await setup.ensureStatementStatistics({ signal });
  await setup.ensureHeartbeat({ signal });
  await setup.beat({ signal });
  // Last: from here on PostgreSQL archives, so everything that the archive needs must be there.
  const settings = Object.fromEntries(plan.changes.map(({ name, to }) => [name, to]));
  if (plan.changes.length > 0) await setup.alterSystem(settings, { signal });
  return { ok: true, ...report };
}

/** What `init` would create, in its order. */
async function findMissing(
  { setup, store, spools, signal }: InitDeps,
  id: LineageId,
  spool: SpoolRequest,
): Promise<readonly string[]> {
  const missing: string[] = [];
  if ((await store.head(lineageKeys(id).identity, { signal })) === undefined) {
    missing.push(`lineage ${lineageFolder(id)} in ${store.url}`);
  }
  if ((await spools.inspect(spool, { signal })) === 'absent') missing.push(`spool ${spool.path}`);
  missing.push(...(await missingRoles(setup, id.major, { signal })));
  const lacking = await setup.lackingHealthFunctions(MONITOR, { signal });
  if (lacking.length > 0) missing.push(`functions for ${MONITOR} in ${few(lacking)}`);
  if (await setup.lacksStatementStatistics({ signal })) {
    missing.push('extension pg_stat_statements');
  }
  if (!(await setup.hasHeartbeat({ signal }))) missing.push('table holdfast.heartbeat');
  return missing;
}

/** Databases that a line of the report names; of more, only how many there are. */
const NAMED = 5;

function few(databases: readonly string[]): string {
  const named = databases.slice(0, NAMED).join(', ');
  const more = databases.length - NAMED;
  return more > 0 ? `${named} and ${more} more databases` : named;
}
