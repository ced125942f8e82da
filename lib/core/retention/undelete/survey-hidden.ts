import type { HiddenObject } from '../../ports/object-store.ts';
import type { ChosenHidden } from './chosen-hidden.ts';
import type { UndeleteRequest } from './hidden-choice.ts';
import { nothingHidden } from './undelete-refusals.ts';

/** What would come back. */
export interface HiddenSurvey {
  readonly objects: number;
  readonly bytes: number;
  /** Ids of the base backups of which anything is hidden, oldest first. */
  readonly backups: readonly string[];
  /** When the first and the last of them were hidden. */
  readonly hiddenFrom: Date;
  readonly hiddenTo: Date;
}

/**
 * Counts what would come back, by listing it.
 *
 * @throws {@link OpsError} `VAULT-HIDDEN` when that is nothing.
 */
export async function surveyHidden(
  chosen: ChosenHidden,
  { choice, hiddenAfter }: UndeleteRequest,
): Promise<HiddenSurvey> {
  let objects = 0;
  let bytes = 0;
  let hiddenFrom: Date | undefined;
  let hiddenTo: Date | undefined;
  const backups: string[] = [];
  const count = (hidden: HiddenObject): void => {
    objects += 1;
    bytes += hidden.bytes;
    if (hiddenFrom === undefined || hidden.hiddenAt < hiddenFrom) hiddenFrom = hidden.hiddenAt;
    if (hiddenTo === undefined || hidden.hiddenAt > hiddenTo) hiddenTo = hidden.hiddenAt;
  };
  for await (const hidden of chosen.others()) count(hidden);
  for await (const backup of chosen.backups()) {
    backups.push(backup.id);
    for (const hidden of backup.objects) count(hidden);
  }
  if (hiddenFrom === undefined || hiddenTo === undefined) throw nothingHidden(choice, hiddenAfter);
  return { objects, bytes, backups, hiddenFrom, hiddenTo };
}
