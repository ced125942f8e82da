import type { ObjectStore } from '../ports/object-store.ts';
import { currentLineage } from '../store/current-lineage.ts';
import type { BackupSummary } from '../store/records.ts';
import type { PartId } from './diagnosis-record.ts';
import { attempt, faultWords, type Look, type Outcome } from './part.ts';
import { type Archive, backupLook, newestBackup, recoverableLook } from './parts/store-looks.ts';
import { workLook } from './parts/work-look.ts';
import { type Timing, within } from './within.ts';

/** Looks at what the store has. */
export type StorePart = Extract<PartId, 'backup' | 'recoverable' | 'work'>;

/** What a look at the store works with. */
export interface StoreDeps extends Timing {
  readonly cluster: string;
  readonly openStore: (signal: AbortSignal) => Promise<ObjectStore>;
  /** After which nothing is waited for, by the clock's elapsed time. */
  readonly untilMs: number;
}

/** What they came to, and the archive itself if it was found. */
export interface StoreLooks {
  readonly outcomes: Readonly<Record<StorePart, Outcome>>;
  readonly archive: Archive | { readonly missing: string };
}

const OPEN_MS = 3_000;

/** Looks at the store, all looks at once; of a store that is out of reach every part says why. Never throws. */
export async function lookAtStore(deps: StoreDeps): Promise<StoreLooks> {
  const { clock, untilMs } = deps;
  try {
    const archive = await within(OPEN_MS, deps, async (signal) => openArchive(deps, signal));
    const leftMs = Math.max(1, untilMs - clock.elapsedMs());
    const timed = async (work: (signal: AbortSignal) => Promise<Look>): Promise<Outcome> =>
      attempt(async () => within(leftMs, deps, work));
    let backup: Promise<BackupSummary | undefined> | undefined;
    const newest = async (signal: AbortSignal): Promise<BackupSummary | undefined> =>
      (backup ??= newestBackup(archive, { signal }));
    const now = clock.now();
    const [found, recoverable, work] = await Promise.all([
      timed(async (signal) => backupLook(await newest(signal), now)),
      timed(async (signal) => recoverableLook(archive, await newest(signal), now, { signal })),
      timed(async (signal) => workLook(archive, now, { signal })),
    ]);
    return { outcomes: { backup: found, recoverable, work }, archive };
  } catch (error) {
    const missing = { missing: faultWords(error) };
    return { outcomes: { backup: missing, recoverable: missing, work: missing }, archive: missing };
  }
}

async function openArchive(deps: StoreDeps, signal: AbortSignal): Promise<Archive> {
  const store = await deps.openStore(signal);
  return { store, ...(await currentLineage(store, deps.cluster, { signal })) };
}
