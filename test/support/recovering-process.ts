/**
 * A process that recovers, until it stalls where its test wants to kill it:
 *
 *   node recovering-process.ts STORE-URL CLUSTER DATA-DIRECTORY PART-OF-KEY [TABLESPACE-MAPPING...]
 */
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { parseTablespaceMapping } from '../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import { delegating } from '../../lib/core/store/delegating.ts';
import { resolveLineage } from '../../lib/core/store/lineage.ts';
import { contextOf, planFrom } from './recovery-cluster.ts';

const [url = '', name = '', dataDirectory = '', stallAt = '', ...mapping] = process.argv.slice(2);

const store = await openObjectStore(url);
const cluster = {
  store,
  lineage: await resolveLineage(store, name),
  instance: await findPostgres(),
};
const plan = await planFrom(cluster, 'latest');

const stalling: ObjectStore = {
  ...delegating(store),
  get: async (...words) => {
    if (words[0].includes(stallAt)) {
      process.stdout.write('stalled');
      await systemClock.sleep(600_000);
    }
    return store.get(...words);
  },
};
const tablespaceMapping = parseTablespaceMapping(mapping);
const job = { dataDirectory, parallel: 2, tablespaceMapping };
await recover(plan, job, { ...contextOf(cluster), store: stalling });
