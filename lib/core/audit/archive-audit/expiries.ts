import pMap from 'p-map';
import { occurrenceId } from '../../contract/deployed-names.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { newestUndone } from '../../retention/apply/read-decisions.ts';
import { AppliedRecord } from '../../retention/applied-record.ts';
import { isBelowFloor, readFloors } from '../../retention/read-floors.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';

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
const READS_AT_ONCE = 8;
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
  const { basePrefix, walPrefix, walIndexPrefix, tailPrefix, retention } = lineage.keys;
  const after = retention.applied(occurrenceId(new Date(now.getTime() - REMEMBERED_MS)));
  const heads = await Array.fromAsync(store.list(retention.appliedPrefix, { signal, after }));
  const undoneAt = await newestUndone(store, lineage, { signal });
  const records = await pMap(
    heads,
    async ({ key }) => getRecord(store, key, AppliedRecord, { signal }),
    { concurrency: READS_AT_ONCE },
  );
  // Somebody wants back what was undone: as long as it is hidden, or gone, that is to be told.
  const applied = records.filter(({ at }) => undoneAt === undefined || at > undoneAt);
  const floors = await readFloors(store, lineage, { signal });
  const backups = new Set(applied.flatMap((one) => one.backups));
  const wal = applied.flatMap((one) => one.wal);
  const isLetGo = (segment: string): boolean =>
    wal.some(({ first, last }) => first <= segment && segment <= last);
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
