import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { judgeObject } from '../judge-object.ts';
import type { RetentionPlan } from '../retention-plan.ts';
import type { Agreement } from './agreement.ts';
import { NO_TAGS, type TagOptions, tagDue, type TagTotals } from './set-tag.ts';
import { timelineFolders, timelineObjects } from './timeline-objects.ts';

/** What is let go, by whom. */
export interface LettingGo {
  readonly today: RetentionPlan;
  readonly older: RetentionPlan;
  readonly agreement: Agreement;
}

/** How it is let go. */
export interface LetGoOptions extends TagOptions {
  /** Asked before each backup, and about every thousand other objects: whether to go on. */
  readonly goesOn: () => Promise<boolean>;
}

/** How far it came. */
export interface LetGo {
  readonly totals: TagTotals;
  /** Whether all that both plans let go is tagged now. */
  readonly isComplete: boolean;
}

const LOOKED_BETWEEN_QUESTIONS = 1_000;

/**
 * Tags what both plans let go, object by object: backups first, the newest first, each record before
 * its parts; then WAL, the oldest first. Whatever it is broken off by, no backup is left listed that lacks
 * what it needs, and the same call goes on where it stopped. Memory does not grow with the archive.
 */
export async function letGo(
  store: ObjectStore,
  lineage: Lineage,
  { today, older, agreement }: LettingGo,
  options: LetGoOptions,
): Promise<LetGo> {
  const { goesOn, signal } = options;
  const goes = (head: ObjectHead): boolean =>
    !judgeObject(today, lineage, head).stays && !judgeObject(older, lineage, head).stays;
  let totals = NO_TAGS;
  for (const id of agreement.backups) {
    if (!(await goesOn())) return { totals, isComplete: false };
    const { prefix, record } = lineage.keys.backup(id);
    const heads = await Array.fromAsync(store.list(prefix, { signal }));
    const own = heads.find(({ key }) => key === record);
    // Brought back meanwhile: then all of it is wanted.
    if (own !== undefined && !goes(own)) continue;
    const parts = heads.filter((head) => head !== own && goes(head));
    for (const some of [own === undefined ? [] : [own], parts]) {
      totals = await tagDue(store, each(some), totals, options);
    }
  }
  let isComplete = true;
  const folders = timelineFolders(agreement.wal.map(({ first }) => first));
  totals = await tagDue(store, leavingWal(), totals, options);
  return { totals, isComplete };

  async function* leavingWal(): AsyncGenerator<ObjectHead, void> {
    let looked = 0;
    for await (const head of timelineObjects(store, lineage, folders, { signal })) {
      if (looked % LOOKED_BETWEEN_QUESTIONS === 0 && !(await goesOn())) {
        isComplete = false;
        return;
      }
      looked += 1;
      if (goes(head)) yield head;
    }
  }
}

async function* each(heads: readonly ObjectHead[]): AsyncGenerator<ObjectHead, void> {
  yield* heads;
}
