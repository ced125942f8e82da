import type { NotifyConfig, Severity } from '../config/notify-config.ts';
import { alarmNamePrefix, REPEAT_TICK_MINUTES } from '../contract/deployed-names.ts';
import { toOpsError } from '../errors/ops-error.ts';
import type { Acknowledgements } from '../ports/acknowledgements.ts';
import type { AlarmInAlarm, AlarmStates } from '../ports/alarm-states.ts';
import { type AlarmChange, parseAlarmChange } from './alarm-change.ts';
import { type Beginning, changeMessage, repeatMessage } from './alarm-message.ts';
import { deliverMessages, type DeliveryDeps } from './deliver-messages.ts';
import { episodeStart } from './episode.ts';
import { type Fact, type Message, plainMessage } from './message.ts';
import type { NotifyEvent, TopicRecord } from './notify-event.ts';
import { planRepeats, unacknowledged } from './plan-repeats.ts';

/** What the notifier needs. */
export interface NotifyDeps extends Omit<DeliveryDeps, 'routes'> {
  readonly config: NotifyConfig;
  readonly alarms: AlarmStates;
  readonly acknowledgements: Acknowledgements;
}

/** What became of an event. */
export interface NotifyReport {
  readonly messages: number;
  readonly deliveries: number;
}

/**
 * Tells people what came to the topics, or again what nobody has acknowledged yet.
 *
 * What is only good to know (how long a trouble lasted, who acknowledged it) never keeps a message
 * from being sent: when it cannot be read, the message says so.
 *
 * @throws {@link OpsError} `PAGE-FAILED` once every endpoint was tried; `AWS-DENIED` or `AWS-FAILED`
 *   when the alarms that may have to be repeated cannot be read.
 */
export async function runNotify(event: NotifyEvent, deps: NotifyDeps): Promise<NotifyReport> {
  const messages =
    event.kind === 'repeat'
      ? await repetitions(event.scheduledTime, deps)
      : await Promise.all(event.records.map(async (record) => tellingOf(record, deps)));
  const deliveries = await deliverMessages(messages, { ...deps, routes: deps.config.routes });
  return { messages: messages.length, deliveries };
}

async function tellingOf(
  { topic, id, subject, message: text }: TopicRecord,
  deps: NotifyDeps,
): Promise<Message> {
  const { config } = deps;
  // A topic that nobody told of pages: rather too loud than too quiet.
  const severity: Severity = topic === config.ticketTopic ? 'ticket' : 'page';
  const change = parseAlarmChange(text);
  if (change === undefined) return plainMessage({ id, subject, text }, severity, config);
  return changeMessage(change, severity, await beginningOf(change, deps), config);
}

async function beginningOf(
  { name, state, at }: AlarmChange,
  { alarms, signal }: NotifyDeps,
): Promise<Beginning> {
  if (state !== 'OK') return undefined;
  try {
    return episodeStart(await alarms.transitions(name, { signal }), at);
  } catch (error) {
    return { unknown: codeAndWords(error) };
  }
}

async function repetitions(scheduledTime: Date, deps: NotifyDeps): Promise<readonly Message[]> {
  const { alarms, config, signal } = deps;
  const inAlarm = await alarms.inAlarm(alarmNamePrefix(config.environment), { signal });
  const due = planRepeats(inAlarm, config, {
    scheduledTime,
    repeatMinutes: config.repeatMinutes,
    tickMinutes: REPEAT_TICK_MINUTES,
  });
  const { toPage, notes } = await withoutAcknowledged(due, deps);
  return toPage.map((alarm) => repeatMessage(alarm, scheduledTime, notes, config));
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

function codeAndWords(error: unknown): string {
  const { code, message } = toOpsError(error);
  return `${code}: ${message}`;
}
