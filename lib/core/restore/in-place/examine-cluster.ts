import { OpsError } from '../../errors/ops-error.ts';
import type { ClusterSurvey } from '../../ports/cluster-place.ts';
import type { ShippingDeps } from '../../wal/shipping/open-shipment.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import { replayRoomBytes } from '../run-recovery.ts';
import { identityMapping, placeTablespaces } from '../tablespaces/place-tablespaces.ts';
import type { InPlaceContext } from './in-place-context.ts';
import { type InPlaceJournal, inPlaceId } from './in-place-journal.ts';
import { planJournal, planRooms, type Room } from './plan-in-place.ts';
import { findLeftFiles, type LeftFiles } from './rescue-wal.ts';

/** A stopped cluster, as it was found in its place. */
export interface ExaminedCluster {
  readonly survey: ClusterSurvey;
  readonly left: LeftFiles;
}

/**
 * Looks at the cluster that is to be recovered in its own place; changes nothing.
 *
 * @throws {@link OpsError} `RESTORE-IN-USE`; `WAL-IDENTITY` when it is another than the one to be
 *   recovered; `WAL-SPOOL` when the spool is not this server's; `RESTORE-IN-PLACE`; `PG-DATA-DIR`
 *   when it cannot be read.
 */
export async function examineCluster(context: InPlaceContext): Promise<ExaminedCluster> {
  const { place, lineage, signal } = context;
  await place.assertIdle(place.path);
  const shipping = context.shippingOf(place.path);
  await assertSameCluster(place.path, shipping, context);
  await shipping.spool.verify(lineage.id.systemIdentifier, { signal });
  return { survey: await place.survey(), left: await findLeftFiles(shipping, { signal }) };
}

/**
 * Proves that the files in `dataDirectory` are of the lineage.
 *
 * @throws {@link OpsError} `WAL-IDENTITY`, `PG-DATA-DIR`.
 */
export async function assertSameCluster(
  dataDirectory: string,
  { controlData }: Pick<ShippingDeps, 'controlData'>,
  { lineage, signal }: Pick<InPlaceContext, 'lineage' | 'signal'>,
): Promise<void> {
  const { systemIdentifier, major } = await controlData({ signal });
  const { id } = lineage;
  if (systemIdentifier === id.systemIdentifier && major === id.major) return;
  throw new OpsError(
    'WAL-IDENTITY',
    `${dataDirectory} is system ${systemIdentifier} of version ${major}, the archive is of ${id.systemIdentifier}, version ${id.major}`,
    { hint: 'one of them is another cluster’s: check --data-dir, --store and --cluster' },
  );
}

/**
 * What moves, and the room that a recovery beside it needs.
 *
 * @throws {@link OpsError} `RESTORE-IN-PLACE` as {@link planJournal}; `RESTORE-TABLESPACE` when
 *   something stands where a tablespace was that the cluster no longer has.
 */
export async function describeMove(
  { survey, left }: ExaminedCluster,
  plan: RecoveryPlan,
  now: Date,
  context: InPlaceContext,
): Promise<{ readonly journal: InPlaceJournal; readonly rooms: readonly Room[] }> {
  const { timeline } = left;
  const walBytes = replayRoomBytes(plan);
  const neededBytes = plan.backup.bytes + walBytes;
  const journal = planJournal(survey, { id: inPlaceId(now), timeline, neededBytes });
  const places = placeTablespaces(plan, identityMapping(plan));
  const moving = new Set(journal.links.map(({ target }) => target));
  const staying = places.filter(({ to }) => !moving.has(to));
  await context.siteFor(plan).inspectTablespaces(staying, context.place.path);
  const wal = journal.links.find(({ name }) => name === 'pg_wal');
  const elsewhere = places.reduce((sum, { bytes }) => sum + bytes, 0);
  const rooms = planRooms(survey, [
    { path: journal.dataDirectory, bytes: plan.backup.bytes - elsewhere },
    { path: wal?.target ?? journal.dataDirectory, bytes: walBytes },
    ...places.map(({ to, bytes }) => ({ path: to, bytes })),
  ]);
  return { journal, rooms };
}
