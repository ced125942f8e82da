import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { retainCluster } from '../../../lib/core/retention/retain-cluster.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { retentionStage, SHORT } from '../../core/retention/apply/retention-stage.ts';
import { putWriter } from '../../core/runs/run-stage.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import { LINEAGE_IDENTITY } from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { every, merged } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const DAY = 1_440;

/** What a day's run of retention sends; of one that fails, what it sent before. */
async function retained(
  wrap: (store: ObjectStore) => ObjectStore = (store) => store,
  policy = SHORT,
): Promise<Emission> {
  const { store, lineage, clock } = await retentionStage(new MemoryObjectStore());
  await putWriter(store, lineage, { since: new Date() });
  const telemetry = recordingTelemetry();
  const running = retainCluster({
    cluster: LINEAGE_IDENTITY.cluster,
    policy,
    store: wrap(store),
    telemetry,
    clock,
    log: recordingLog(),
    invocation: { id: 'r', remainingMs: () => 900_000 },
    signal: new AbortController().signal,
  });
  await Promise.allSettled([running]);
  return merged(telemetry.flushed);
}

/** A store that is not let look into itself. */
function unlisted(store: ObjectStore): ObjectStore {
  return {
    ...store,
    // oxlint-disable-next-line require-yield
    async *list() {
      throw new Error('refused');
    },
  };
}

for (const id of ['RetentionMissed', 'CopyRetentionMissed'] as const) {
  drill(id, 'ticket', async () => {
    const well = every(DAY, await retained());
    return { well, ill: every(DAY, await retained(unlisted)), mended: well };
  });
}

drill('RetentionWarning', 'ticket', async () => {
  const well = every(DAY, await retained());
  const wantsMore = { ...SHORT, minBackups: 9 };
  const ill = every(DAY, await retained(undefined, wantsMore));
  return { well, ill, mended: well };
});
