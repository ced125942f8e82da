import pMap from 'p-map';
import { Event } from '../../contract/events.ts';
import { ExpiryTag, lineageFolder } from '../../contract/key-layout.ts';
import { Metric } from '../../contract/metrics.ts';
import { isOpsError, OpsError, toOpsError } from '../../errors/ops-error.ts';
import type { Log } from '../../ports/log.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import {
  type BucketEvent,
  isLifecycle,
  parseBucketEvent,
  type QueueBatch,
} from './bucket-event.ts';
import { isLetGo, type LettingsGo } from './is-let-go.ts';
import { lineageOfKey, readLettingsGo } from './read-lettings-go.ts';

/** What {@link judgeTags} works with. */
export interface JudgeTagsDeps {
  readonly cluster: string;
  readonly store: ObjectStore;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Which messages are to be handed over again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export interface BatchOutcome {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What an event came to. */
type Outcome = 'let-go' | 'kept' | 'stranger' | 'deleted' | 'expired';

interface Message {
  readonly id: string;
  readonly event: BucketEvent | undefined;
}

const AT_ONCE = 8;

/**
 * Compares what was tagged with what retention has let go, and tells of what nobody let go, and of what
 * somebody deleted. Requests do not grow with the batch but for objects that no record explains.
 *
 * @returns the messages that could not be judged: they come again.
 * @throws {@link OpsError} the store's own when the records cannot be read: the whole batch comes again.
 */
export async function judgeTags(batch: QueueBatch, deps: JudgeTagsDeps): Promise<BatchOutcome> {
  const { cluster, telemetry, log } = deps;
  const messages = batch.Records.map(({ messageId, body }): Message => ({
    id: messageId,
    event: parseBucketEvent(body),
  }));
  const lettingsGo = await readAll(messages, deps);
  const outcomes = await pMap(messages, async (one) => settle(one, lettingsGo, deps), {
    concurrency: AT_ONCE,
  });
  const count = (outcome: Outcome | undefined): number =>
    outcomes.filter((one) => one === outcome).length;
  if (count('stranger') > 0) telemetry.add(Metric.TAG_STRANGERS, count('stranger'));
  if (count('deleted') > 0) telemetry.add(Metric.DELETED_BY_HAND, count('deleted'));
  telemetry.flush();
  log.info(Event.TAGS_JUDGED, {
    cluster,
    let_go: count('let-go'),
    kept: count('kept'),
    strangers: count('stranger'),
    deleted: count('deleted'),
    not_judged: count(undefined),
  });
  const failed = messages.filter((_, index) => outcomes[index] === undefined);
  return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
}

/** What was let go of each lineage that the batch is about, by its folder. */
async function readAll(
  messages: readonly Message[],
  { cluster, store, signal }: JudgeTagsDeps,
): Promise<ReadonlyMap<string, LettingsGo>> {
  const tagged = messages.flatMap(({ event }) => (event?.kind === 'tagged' ? [event] : []));
  const until = new Date(Math.max(0, ...tagged.map(({ at }) => at.getTime())));
  const ids = new Map(
    tagged
      .map(({ key }) => lineageOfKey(cluster, key))
      .filter((id) => id !== undefined)
      .map((id) => [lineageFolder(id), id]),
  );
  const found = new Map<string, LettingsGo>();
  for (const [folder, id] of ids) {
    const lettingsGo = await readLettingsGo(store, id, until, { signal });
    if (lettingsGo !== undefined) found.set(folder, lettingsGo);
  }
  return found;
}

/** Judges one message and logs what people have to know; `undefined` when it could not be judged. */
async function settle(
  { id, event }: Message,
  lettingsGo: ReadonlyMap<string, LettingsGo>,
  deps: JudgeTagsDeps,
): Promise<Outcome | undefined> {
  const { cluster, log } = deps;
  try {
    if (event === undefined) throw notAnEvent();
    const outcome = await outcomeOf(event, lettingsGo, deps);
    const fields = {
      cluster,
      object_key: event.key,
      requester: event.requester,
      source_ip: event.sourceIp,
      reason: event.reason,
      deletion: event.deletion,
      changed_at: event.at.toISOString(),
    };
    if (outcome === 'stranger') log.warn(Event.TAG_STRANGER, fields);
    if (outcome === 'deleted') log.warn(Event.OBJECT_DELETED, fields);
    return outcome;
  } catch (error) {
    const { code, message } = toOpsError(error);
    log.error(Event.TAG_NOT_JUDGED, {
      cluster,
      message_id: id,
      object_key: event?.key,
      error_code: code,
      error: message,
    });
    return undefined;
  }
}

async function outcomeOf(
  event: BucketEvent,
  lettingsGo: ReadonlyMap<string, LettingsGo>,
  { cluster, store, signal }: JudgeTagsDeps,
): Promise<Outcome> {
  if (event.kind === 'deleted') return isLifecycle(event) ? 'expired' : 'deleted';
  // Without its tag an object stays.
  if (event.kind === 'untagged') return 'kept';
  const id = lineageOfKey(cluster, event.key);
  const own = id && lettingsGo.get(lineageFolder(id));
  if (own !== undefined && isLetGo(event, own)) return 'let-go';
  return (await isDue(store, event.key, signal)) ? 'stranger' : 'kept';
}

/** The event does not say which tag was set. */
async function isDue(store: ObjectStore, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await store.tags(key, { signal }))[ExpiryTag.KEY] === ExpiryTag.DUE;
  } catch (error) {
    // It is hidden already, and nobody had let it go.
    if (isOpsError(error, 'STORE-ABSENT')) return true;
    throw error;
  }
}

function notAnEvent(): OpsError {
  return new OpsError('CONFIG-EVENT', 'not an event of S3 about tags or deletions', {
    hint: 'see who writes to the queue: its rule was changed by hand, or two versions are mixed',
  });
}
