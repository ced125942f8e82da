import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { RecoveryWindow } from '../catalog/recovery-window.ts';
import { toOpsError } from '../errors/ops-error.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { currentLineage } from '../store/current-lineage.ts';

/** What could be recovered when somebody changed what keeps it, or why nobody can tell. */
export type Stakes =
  | { readonly backups: number; readonly stretches: readonly Stretch[] }
  | { readonly unknown: string };

/** Times to which a timeline can be recovered without a break. */
export interface Stretch {
  readonly timeline: number;
  readonly from: Date;
  readonly to: Date;
}

/** What {@link readStakes} reads from. */
export interface StakesSource {
  readonly cluster: string;
  readonly store: ObjectStore;
  /** Aborted when it takes so long that people must be told without. */
  readonly patience: AbortSignal;
}

/**
 * Reads what is at stake: the recovery windows, those of one timeline that overlap taken together. Never
 * fails: that the store cannot be read any more is itself what people must be told.
 */
export async function readStakes({ cluster, store, patience }: StakesSource): Promise<Stakes> {
  try {
    const { lineage } = await currentLineage(store, cluster, { signal: patience });
    const { windows } = await readCatalogue(store, lineage, { signal: patience });
    const backups = new Set(windows.map(({ backup }) => backup.id)).size;
    return { backups, stretches: joined(windows) };
  } catch (error) {
    if (patience.aborted) return { unknown: 'the archive could not be read in time' };
    const { code, message } = toOpsError(error);
    return { unknown: `${code}: ${message}` };
  }
}

/** Those that begin before an earlier one ends go on with it; by timeline, then by time. */
function joined(windows: readonly RecoveryWindow[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const sorted = windows.toSorted(
    (a, b) => a.timeline - b.timeline || a.fromTime.getTime() - b.fromTime.getTime(),
  );
  for (const { timeline, fromTime: from, toTime: to } of sorted) {
    const last = stretches.at(-1);
    if (last?.timeline !== timeline || last.to < from) stretches.push({ timeline, from, to });
    else if (last.to < to) stretches.splice(-1, 1, { ...last, to });
  }
  return stretches;
}
