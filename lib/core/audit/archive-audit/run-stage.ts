import type { ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { Stage } from './audit-record.ts';
import type { Expiries } from './expiries.ts';
import { indexLane, walLane } from './lane-tally.ts';
import type { Pass, WorkingState } from './pass.ts';
import { scanAllBackups, scanNewBackups } from './scan-backups.ts';
import { scanHidden, stillHidden } from './scan-hidden.ts';
import { scanLane } from './scan-lane.ts';
import { scanOther } from './scan-other.ts';

/** What a stage works with. */
export interface StageDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly expiries: Expiries;
  /** Whether to stop here and leave the rest to the next audit. */
  readonly isTimeUp: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a stage came to. */
export interface StageResult {
  readonly state: WorkingState;
  readonly isDone: boolean;
  /** Of `wal/`: when the first segment of each new run came. */
  readonly arrivals?: ReadonlyMap<string, Date>;
}

/** Today's WAL is looked at again each time. */
const SETTLED_AFTER_MS = 86_400_000;

/** Goes through one stage of a pass, as far as time allows. */
export async function runStage(
  { pass, startedAt, state }: Pass,
  stage: Exclude<Stage, 'done'>,
  { store, lineage, expiries, ...given }: StageDeps,
): Promise<StageResult> {
  const { segmentBytes } = lineage.identity;
  const settleBefore = new Date(startedAt.getTime() - SETTLED_AFTER_MS);
  const options = { ...given, segmentBytes, settleBefore };
  switch (stage) {
    case 'other': {
      const { isDone, ...found } = await scanOther(store, lineage, state, options);
      return { state: { ...state, ...found }, isDone };
    }
    case 'base': {
      const { isDone, ...found } =
        pass === 'full'
          ? await scanAllBackups(store, lineage, state, options)
          : await scanNewBackups(
              store,
              lineage,
              state,
              await idsOf(store, lineage, options),
              options,
            );
      return { state: { ...state, baseTo: undefined, ...found }, isDone };
    }
    case 'index': {
      const {
        isDone,
        arrivals: _,
        ...index
      } = await scanLane(store, indexLane(lineage), state.index, options);
      return { state: { ...state, index }, isDone };
    }
    case 'wal': {
      const { isDone, arrivals, ...wal } = await scanLane(
        store,
        walLane(lineage),
        state.wal,
        options,
      );
      return { state: { ...state, wal }, isDone, arrivals };
    }
    case 'hidden':
      break;
  }
  if (pass === 'incremental') {
    const hidden = await stillHidden(store, state.hidden, options);
    return { state: { ...state, hidden }, isDone: true };
  }
  const { hidden, isDone } = await scanHidden(store, lineage, state.hidden, expiries, options);
  return { state: { ...state, hidden }, isDone };
}

async function idsOf(
  store: ObjectStore,
  { keys }: Lineage,
  { signal }: Pick<StageDeps, 'signal'>,
): Promise<readonly string[]> {
  const ids = await Array.fromAsync(store.folders(keys.basePrefix, { signal }));
  return ids.toSorted();
}
