import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { isBelowFloor, readFloors } from '../../retention/read-floors.ts';
import { isInRanges } from '../../retention/read-gone-wal.ts';
import { readLetGo } from '../../retention/read-let-go.ts';
import type { Lineage } from '../../store/lineage.ts';

/** What retention has let go of late: it is on its way out, or gone, and nobody needs to be told. */
export interface Expiries {
  /** Ids of backups. */
  readonly backups: ReadonlySet<string>;
  /** Whether an object was let go, by its key. */
  readonly explains: (key: string) => boolean;
  /** Whether a segment has a name that is never stored again. */
  readonly isBelowFloor: (segment: string) => boolean;
}

/** Lifecycle rules take days, and what they hid stays for up to a year. */
const REMEMBERED_MS = 400 * 86_400_000;
const SEGMENT = /(?<![0-9A-F])[0-9A-F]{24}(?![0-9A-F])/;

/**
 * Reads what retention has let go.
 *
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT` when one of its records cannot be read.
 */
export async function readExpiries(
  store: ObjectStore,
  lineage: Lineage,
  now: Date,
  { signal }: CallOptions = {},
): Promise<Expiries> {
  const { basePrefix, walPrefix, walIndexPrefix, tailPrefix } = lineage.keys;
  const since = new Date(now.getTime() - REMEMBERED_MS);
  const { backups, wal } = await readLetGo(store, lineage, { since, signal });
  const floors = await readFloors(store, lineage, { signal });
  const isLetGo = (segment: string): boolean => isInRanges(wal, segment);
  return {
    backups,
    isBelowFloor: (segment) => isBelowFloor(floors, segment),
    explains: (key) => {
      if (key.startsWith(basePrefix)) {
        return backups.has(key.slice(basePrefix.length).split('/')[0] ?? '');
      }
      // Whatever goes with a segment carries its name.
      const segment = SEGMENT.exec(key.slice(key.lastIndexOf('/') + 1))?.[0];
      const isWal = [walPrefix, walIndexPrefix].some((prefix) => key.startsWith(prefix));
      if (isWal) return segment !== undefined && isLetGo(segment);
      return key.startsWith(tailPrefix) && isLetGo(key.split('/').at(-2) ?? '');
    },
  };
}
