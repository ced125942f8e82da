import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { ChangeEvent } from '../../../lib/core/guard/change-event.ts';
import { runJudgeChange } from '../../../lib/core/guard/run-judge-change.ts';
import { judgeTags } from '../../../lib/core/guard/tags/judge-tags.ts';
import {
  type Call,
  type Caller,
  KEY_ARN,
  keyCall,
  PROOF,
  ROLES,
  trailEvent,
} from '../../core/guard/samples.ts';
import { bucketMessage, type Notified } from '../../core/guard/tags/samples.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import { claimTestLineage, segment } from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { every, merged, once, silence } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const HOUR = 60;

/** What the guard sends of a call. */
async function judged(call: Call, caller?: Caller): Promise<Emission> {
  const store = new MemoryObjectStore();
  const telemetry = recordingTelemetry();
  const { signal } = new AbortController();
  await claimTestLineage(store);
  await runJudgeChange(ChangeEvent.parse(trailEvent(call, caller)), {
    config: {
      environment: 'prod',
      cluster: 'orders',
      storeUrl: store.url,
      kmsKey: KEY_ARN,
      envelopeKey: undefined,
      topics: { page: 'page-topic', ticket: 'ticket-topic' },
      runbookUrl: 'https://wiki.example.com/runbook.md',
      roles: ROLES,
    },
    store,
    publish: async () => undefined,
    telemetry,
    log: recordingLog(),
    signal,
    patience: signal,
  });
  return merged(telemetry.flushed);
}

drill('GuardPaged', 'page', async () => {
  const ill = once(await judged(keyCall('DisableKey')));
  return { well: silence, ill, mended: silence };
});

drill('GuardUnproven', 'ticket', async () => {
  // Nobody hears of the guard's own change: there is nothing that could be judged.
  const heard = every(6 * HOUR, await judged(PROOF, { role: ROLES.proof }));
  return { well: heard, ill: silence, mended: heard };
});

/** What is sent of something that S3 tells of a segment that nobody let go. */
async function seen(notified: Partial<Notified>): Promise<Emission> {
  const store = new MemoryObjectStore();
  const { keys } = await claimTestLineage(store);
  const telemetry = recordingTelemetry();
  const { signal } = new AbortController();
  const body = JSON.stringify(bucketMessage({ key: keys.wal(segment(9)), ...notified }));
  const event = { Records: [{ messageId: 'm', body }] };
  await judgeTags(event, { cluster: 'orders', store, telemetry, log: recordingLog(), signal });
  return merged(telemetry.flushed);
}

drill('TagStranger', 'page', async () => ({
  well: silence,
  ill: once(await seen({})),
  mended: silence,
}));

drill('DeletedByHand', 'page', async () => ({
  well: silence,
  ill: once(await seen({ type: 'Object Deleted', detail: { reason: 'DeleteObject' } })),
  mended: silence,
}));
