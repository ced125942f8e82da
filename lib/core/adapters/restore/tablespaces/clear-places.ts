import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TablespacePlace } from '../../../ports/tablespace-site.ts';
import { namesIn } from './inspect-place.ts';
import { readOrigin, TABLESPACE_MARK, unmarkPlace } from './tablespace-mark.ts';
import { removeTemporaryLink } from './temporary-link.ts';

/**
 * Takes away what an unfinished recovery into `dataDirectory` left at `places`: its temporary links, and
 * what is in new places that are still marked for it. The directories themselves stay, empty.
 */
export async function clearPlaces(
  dataDirectory: string,
  places: readonly Pick<TablespacePlace, 'from' | 'to'>[],
): Promise<void> {
  for (const { from, to } of places) {
    if (from !== to) await removeTemporaryLink(from, to);
    const origin = await readOrigin(to);
    if (origin === undefined || origin.isOver || origin.dataDirectory !== dataDirectory) continue;
    for (const name of (await namesIn(to)) ?? []) {
      if (name !== TABLESPACE_MARK) await rm(join(to, name), { recursive: true });
    }
    // The mark goes last, so that this can be resumed.
    await unmarkPlace(to);
  }
}
