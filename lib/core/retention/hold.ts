import { OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { putOnce } from '../runs/put-once.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { HoldRecord, HoldRelease } from './hold-record.ts';
import { putAtMoment } from './put-at-moment.ts';

/** What somebody wants kept. */
export interface HoldRequest extends Pick<HoldRecord, 'backupId' | 'kind' | 'reason' | 'by'> {
  readonly until?: Date | undefined;
}

/**
 * Keeps a backup, and all it needs, from here on whatever the policy says. What two plans have let go of
 * it already has to be undone besides: see {@link undoRetention}.
 *
 * @throws {@link OpsError} `RETENTION-HOLD` when there is no such backup, or the end is past.
 */
export async function holdBackup(
  store: ObjectStore,
  lineage: Lineage,
  { until, ...request }: HoldRequest,
  now: Date,
  options: CallOptions = {},
): Promise<HoldRecord> {
  const { backupId } = request;
  if (until !== undefined && until <= now) {
    throw new OpsError(
      'RETENTION-HOLD',
      `a hold until ${until.toISOString()} would be over already`,
      {
        hint: 'give an end that is yet to come, or none: then it holds until it is released',
      },
    );
  }
  const known = await Array.fromAsync(store.folders(lineage.keys.basePrefix, options));
  const isThere =
    known.includes(backupId) &&
    (await store.head(lineage.keys.backup(backupId).record, options)) !== undefined;
  if (!isThere) {
    throw new OpsError('RETENTION-HOLD', `there is no backup ${backupId} to hold`, {
      hint: 'see "holdfast list" for those there are; one that is hidden comes back with "holdfast undelete"',
      details: { backup: backupId },
    });
  }
  const keyOf = (id: string): string => lineage.keys.hold(id);
  const recordOf = (id: string): HoldRecord => ({
    ...request,
    id,
    at: now,
    ...(until !== undefined && { until }),
  });
  return putAtMoment(store, now, { schema: HoldRecord, keyOf, recordOf }, options);
}

/** Which hold ends, and on whose word. */
export interface ReleaseRequest {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** Whether the word of a legal hold was given. */
  readonly isLegal: boolean;
}

/**
 * The hold that a release would end.
 *
 * @throws {@link OpsError} `RETENTION-HOLD` when there is no such hold, it is released already, or it is a
 *   legal one and its word was not given; `STORE-CORRUPT`, `STORE-FORMAT`.
 */
export async function planRelease(
  store: ObjectStore,
  lineage: Lineage,
  { id, isLegal }: Pick<ReleaseRequest, 'id' | 'isLegal'>,
  options: CallOptions = {},
): Promise<HoldRecord> {
  // Listed, because what was typed may be no key at all.
  const heads = await Array.fromAsync(store.list(lineage.keys.holdPrefix, options));
  const keys = new Set(heads.map(({ key }) => key));
  const key = lineage.keys.hold(id);
  if (!keys.has(key)) throw notHeld(`there is no hold ${id}`);
  if (keys.has(lineage.keys.holdRelease(id))) throw notHeld(`hold ${id} was released already`);
  const hold = await getRecord(store, key, HoldRecord, options);
  if (hold.kind === 'legal' && !isLegal) {
    throw new OpsError('RETENTION-HOLD', `hold ${id} is a legal one: ${hold.reason}`, {
      hint: 'ask whoever put it there; then release it with --legal',
      details: { hold: id },
    });
  }
  return hold;
}

/** Ends a hold that {@link planRelease} gave. */
export async function releaseHold(
  store: ObjectStore,
  lineage: Lineage,
  { id, by, reason }: ReleaseRequest,
  now: Date,
  options: CallOptions = {},
): Promise<void> {
  const record = { id, by, reason, at: now };
  const key = lineage.keys.holdRelease(id);
  // Whoever was faster released it too.
  await putOnce(store, key, HoldRelease, record, options);
}

function notHeld(what: string): OpsError {
  return new OpsError('RETENTION-HOLD', what, {
    hint: 'see "holdfast hold --list" for those that stand',
  });
}
