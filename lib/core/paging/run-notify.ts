import { alarmNamePrefix, REPEAT_TICK_MINUTES } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import { Metric } from '../contract/metrics.ts';
import type { Acknowledgements } from '../ports/acknowledgements.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';
import type { ProofTopic } from '../ports/proof-topic.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { repeatMessage } from './alarm-message.ts';
import { codeAndWords } from './code-and-words.ts';
import { deliverMessages, type DeliveryDeps } from './deliver-messages.ts';
import type { Fact, Message } from './message.ts';
import type { NotifyEvent, TopicRecord } from './notify-event.ts';
import { encodeProof, freshProof } from './paging-proof.ts';
import { planRepeats, unacknowledged } from './plan-repeats.ts';
import { diagnoserAnswers } from './prove-diagnosis.ts';
import { surroundedBy, surroundingsOf } from './surroundings.ts';
import { tellOfRecords, type TellingDeps } from './tell-of-records.ts';

/** What the notifier needs. */
export interface NotifyDeps extends Omit<DeliveryDeps, 'routes'>, TellingDeps {
  readonly acknowledgements: Acknowledgements;
  readonly proofs: ProofTopic;
  readonly telemetry: Telemetry;
}

/** What became of an event. */
export interface NotifyReport {
  readonly messages: number;
  readonly deliveries: number;
}

/**
 * Tells people what came to the topics, or again what nobody has acknowledged yet; or sends a proof to the topic of
 * pages, which is counted when it comes back from there and told to nobody. Before a proof leaves, a diagnosis is asked
 * for, see {@link diagnoserAnswers}: where none can be had, the proof does not leave, and so is not counted.
 *
 * What is only good to know (how long a trouble lasted, what stands behind it, who acknowledged it) never keeps a message
 * from being sent: when it cannot be had, the message says so.
 *
 * @throws {@link OpsError} `PAGE-FAILED` once every endpoint was tried; `AWS-DENIED`, `AWS-ABSENT` or `AWS-FAILED`
 *   when the alarms that may have to be repeated cannot be read, or the proof not be sent.
 */
export async function runNotify(event: NotifyEvent, deps: NotifyDeps): Promise<NotifyReport> {
  if (event.kind === 'prove') {
    await sendProof(event.scheduledTime, deps);
    return { messages: 0, deliveries: 0 };
  }
  const messages =
    event.kind === 'repeat'
      ? await repetitions(event.scheduledTime, deps)
      : await tellOfRecords(withoutProofs(event.records, deps), deps);
  const deliveries = await deliverMessages(messages, { ...deps, routes: deps.config.routes });
  return { messages: messages.length, deliveries };
}

/** A page without a diagnosis is half of one: nothing is proven while none can be had. */
async function sendProof(at: Date, deps: NotifyDeps): Promise<void> {
  const { config, proofs, signal } = deps;
  const { environment, cluster, pageTopic } = config;
  if (!(await diagnoserAnswers({ environment, cluster, at }, deps))) return;
  await proofs.publish(pageTopic, encodeProof({ environment, cluster, at }), { signal });
}

/** Takes out the proofs that came to the topic of pages, and counts them. */
function withoutProofs(records: readonly TopicRecord[], deps: NotifyDeps): readonly TopicRecord[] {
  const { config, clock, telemetry, log } = deps;
  const { pageTopic, cluster } = config;
  return records.filter(({ topic, message }) => {
    const proof = topic === pageTopic ? freshProof(message, config, clock.now()) : undefined;
    if (proof === undefined) return true;
    telemetry.add(Metric.PAGING_PROVEN, 1);
    telemetry.flush();
    const tookMs = Math.max(0, clock.now().getTime() - proof.at.getTime());
    log.info(Event.PAGING_PROVEN, { cluster, duration_ms: tookMs });
    return false;
  });
}

async function repetitions(scheduledTime: Date, deps: NotifyDeps): Promise<readonly Message[]> {
  const { alarms, config, signal } = deps;
  const inAlarm = await alarms.inAlarm(alarmNamePrefix(config.environment), { signal });
  const due = planRepeats(inAlarm, config, {
    scheduledTime,
    repeatMinutes: config.repeatMinutes,
    tickMinutes: REPEAT_TICK_MINUTES,
  });
  const troubles = due
    .map((alarm) => ({ alarm, around: surroundingsOf(surroundedBy(alarm), inAlarm) }))
    .filter(({ around }) => !around.isConsequence);
  const { toPage, notes } = await withoutAcknowledged(
    troubles.map(({ alarm }) => alarm),
    deps,
  );
  return troubles
    .filter(({ alarm }) => toPage.includes(alarm))
    .map(({ alarm, around }) => repeatMessage(alarm, scheduledTime, notes, config, around));
}

async function withoutAcknowledged(
  due: readonly AlarmInAlarm[],
  { acknowledgements, config, signal }: NotifyDeps,
): Promise<{ readonly toPage: readonly AlarmInAlarm[]; readonly notes: readonly Fact[] }> {
  const names = due.map(({ name }) => name);
  try {
    const known = await acknowledgements.read(config.environment, names, { signal });
    return { toPage: unacknowledged(due, known), notes: [] };
  } catch (error) {
    const text = `cannot be read, so it is paged whatever they say: ${codeAndWords(error)}`;
    return { toPage: due, notes: [{ label: 'Acknowledged', text }] };
  }
}
