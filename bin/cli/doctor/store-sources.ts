import { inspectRoom } from '../../../lib/core/adapters/doctor/inspect-directory.ts';
import { STORE_CLOCK_GRAIN_MS, storeClock } from '../../../lib/core/adapters/store/store-clock.ts';
import { parseStoreUrl } from '../../../lib/core/adapters/store/store-url.ts';
import { listArchive } from '../../../lib/core/catalog/archive-listing.ts';
import { listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import { findWindows } from '../../../lib/core/catalog/recovery-window.ts';
import { unnamedFact } from '../../../lib/core/doctor/fact.ts';
import type { Fact, FactSources, Find } from '../../../lib/core/doctor/facts.ts';
import type { CallOptions, ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { findLineage } from '../../../lib/core/store/current-lineage.ts';
import { type Lineage, proveLineageStore } from '../../../lib/core/store/lineage.ts';
import { currentWriter } from '../../../lib/core/store/writer-epoch.ts';
import { type DoctorPlaces, within } from './places.ts';

type StoreFact =
  | 'lineage'
  | 'conditions'
  | 'storeClock'
  | 'writer'
  | 'archive'
  | 'backups'
  | 'windows'
  | 'storeRoom';
type Place = NonNullable<DoctorPlaces['archive']>;
type Question<T> = (
  place: { readonly store: ObjectStore; readonly lineage: Lineage },
  call: CallOptions,
  find: Find,
) => Promise<T>;

const STORE_OPTIONS = '--store and --cluster';
/** For what lists the whole archive: S3 gives about ten thousand names a second. */
const LISTING_MS = 120_000;

/** Facts that the store tells. */
export function storeSources({ cli, archive }: DoctorPlaces): Pick<FactSources, StoreFact> {
  const at = <T>(
    gather: (place: Place, call: CallOptions, find: Find) => Promise<T>,
    deadlineMs?: number,
  ): Fact<T> =>
    archive === undefined
      ? unnamedFact(STORE_OPTIONS)
      : within(
          'STORE-TIMEOUT',
          'the store',
          async (call, find) => gather(archive, call, find),
          deadlineMs,
        );
  /** Nobody asks a store that did not answer to the first question. */
  const ask = <T>(question: Question<T>, deadlineMs?: number): Fact<T> =>
    at(async ({ open }, call, find) => {
      const lineage = await find('lineage');
      return question({ store: await open(), lineage }, call, find);
    }, deadlineMs);
  return {
    lineage: at(async ({ open, cluster, lineage }, call) =>
      findLineage(await open(), cluster, { lineage, ...call }),
    ),
    conditions: ask(async ({ store, lineage }, call) => {
      await proveLineageStore(store, lineage, call);
      return true as const;
    }),
    storeClock: ask(async ({ store, lineage }, call) => {
      const before = cli.clock.now().getTime();
      const there = await storeClock(store.url, lineage.keys.identity, call);
      if (there === undefined) return undefined;
      const uncertaintyMs = (cli.clock.now().getTime() - before + STORE_CLOCK_GRAIN_MS) / 2;
      // In the middle of the second that the store named.
      const aheadMs = there.getTime() + STORE_CLOCK_GRAIN_MS - before - uncertaintyMs;
      return { aheadMs, uncertaintyMs };
    }),
    writer: ask(async ({ store, lineage }, call) => currentWriter(store, lineage, call)),
    archive: ask(async ({ store, lineage }, call) => listArchive(store, lineage, call), LISTING_MS),
    backups: ask(async ({ store, lineage }, call) => listBackups(store, lineage, call), LISTING_MS),
    windows: ask(async ({ store, lineage }, call, find) => {
      const listing = await find('archive');
      const { backups } = await find('backups');
      return findWindows({ store, lineage, listing }, backups, call);
    }, LISTING_MS),
    storeRoom: at(async ({ url }, _call, find) => {
      await find('lineage');
      const location = parseStoreUrl(url);
      return location.kind === 's3' ? undefined : inspectRoom(location.path, 'STORE-MISSING');
    }),
  };
}
