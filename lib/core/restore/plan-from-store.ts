import { findBackup } from '../catalog/backup-listing.ts';
import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallOptions } from '../ports/object-store.ts';
import type { IndexedArchive } from '../wal/index/read-index.ts';
import { foreseeReplay } from './plan/foresee-replay.ts';
import { placeTarget } from './plan/place-target.ts';
import { planRecovery } from './plan/plan-recovery.ts';
import type { RecoveryChoices, RecoveryPlan, RecoveryRates } from './plan/recovery-plan.ts';
import type { RecoveryTarget } from './plan/target.ts';

/** Options of {@link planFromStore}. */
export interface PlanningOptions extends CallOptions {
  readonly clock: Clock;
  /** Told what was passed over, in sentences. */
  readonly note?: (text: string) => void;
  /** @default - no estimate is made */
  readonly rates?: RecoveryRates | undefined;
}

/**
 * Plans a recovery from what the store holds: places the target in the WAL, and says what a recovery to
 * it will fetch and do. Nothing is downloaded but records, indexes, and the segments that hold the
 * target or lack an index.
 *
 * @throws {@link OpsError} as {@link placeTarget} and {@link planRecovery}; the store's own.
 */
export async function planFromStore(
  { store, lineage }: IndexedArchive,
  target: RecoveryTarget,
  choices: RecoveryChoices,
  { clock, note, rates, signal }: PlanningOptions,
): Promise<RecoveryPlan> {
  const archive = { store, lineage, made: new Map() };
  const catalogue = await readCatalogue(store, lineage, { signal });
  const { histories, damagedHistories } = catalogue.archive;
  const { backups, incomplete, windows, writerTimeline } = catalogue;
  if (choices.backupId !== undefined) findBackup(catalogue, choices.backupId);
  for (const { id, reason } of incomplete) note?.(`backup ${id} is passed over: ${reason}`);
  for (const { message } of damagedHistories.values()) {
    note?.(`a timeline is passed over: ${message}`);
  }
  const known = { backups, windows, histories, damagedHistories, writerTimeline };
  const request = { target, choices, ...known, now: clock.now(), rates };
  const placed = await placeTarget(archive, request, { signal });
  const foreseen = await foreseeReplay(archive, placed, { signal });
  return planRecovery(request, placed, foreseen);
}
