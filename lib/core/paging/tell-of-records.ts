import type { Severity } from '../config/notify-config.ts';
import { alarmNamePrefix } from '../contract/deployed-names.ts';
import { within } from '../diagnosis/within.ts';
import type { AlarmInAlarm, AlarmStates } from '../ports/alarm-states.ts';
import type { NotifyConfig } from '../config/notify-config.ts';
import { type AlarmChange, parseAlarmChange } from './alarm-change.ts';
import { objectLinks } from './alarm-links.ts';
import { type Beginning, changeMessage } from './alarm-message.ts';
import { type AskDeps, askDiagnosis, type DiagnosisTelling } from './ask-diagnosis.ts';
import { codeAndWords } from './code-and-words.ts';
import { episodeStart } from './episode.ts';
import { type Fact, type Message, plainMessage } from './message.ts';
import type { TopicRecord } from './notify-event.ts';
import { NO_SURROUNDINGS, type Surroundings, surroundingsOf } from './surroundings.ts';

/** What telling of records needs. */
export interface TellingDeps extends AskDeps {
  readonly config: NotifyConfig;
  readonly alarms: AlarmStates;
}

/** A record, understood. */
interface Told {
  readonly record: TopicRecord;
  readonly severity: Severity;
  /** Absent for what a person wrote. */
  readonly change: AlarmChange | undefined;
}

/** All that is known while something goes off. */
interface Knowledge {
  readonly inAlarm: readonly AlarmInAlarm[] | undefined;
  readonly notes: readonly Fact[];
  readonly diagnosis: DiagnosisTelling;
}

/** It is only good to know, so a page does not wait for long. */
const IN_ALARM_MS = 5_000;
const NO_DIAGNOSIS: DiagnosisTelling = { facts: [], object: undefined };

/**
 * The messages about what came to the topics. For an alarm that pages, with what stands behind it: one diagnosis for all
 * records, for they came at once. Never throws: what cannot be had, the message says.
 */
export async function tellOfRecords(
  records: readonly TopicRecord[],
  deps: TellingDeps,
): Promise<readonly Message[]> {
  const told = records.map((record) => understand(record, deps.config));
  const knowledge = await findOut(told, deps);
  return Promise.all(told.map(async (one) => messageOf(one, knowledge, deps)));
}

function understand(record: TopicRecord, { ticketTopic }: NotifyConfig): Told {
  // A topic that nobody told of pages: rather too loud than too quiet.
  const severity = record.topic === ticketTopic ? 'ticket' : 'page';
  return { record, severity, change: parseAlarmChange(record.message) };
}

async function findOut(told: readonly Told[], deps: TellingDeps): Promise<Knowledge> {
  const goneOff = told.filter(({ change }) => change?.state === 'ALARM');
  const page = goneOff.find(({ severity }) => severity === 'page')?.change;
  const [known, diagnosis] = await Promise.all([
    goneOff.length === 0 ? { inAlarm: [], notes: [] } : readInAlarm(deps),
    page === undefined ? NO_DIAGNOSIS : askDiagnosis({ alarm: page.name, at: page.at }, deps),
  ]);
  return { ...known, diagnosis };
}

async function readInAlarm(deps: TellingDeps): Promise<Pick<Knowledge, 'inAlarm' | 'notes'>> {
  const { alarms, config } = deps;
  try {
    const inAlarm = await within(IN_ALARM_MS, deps, async (signal) =>
      alarms.inAlarm(alarmNamePrefix(config.environment), { signal }),
    );
    return { inAlarm, notes: [] };
  } catch (error) {
    const text = `not known: ${codeAndWords(error)}`;
    return { inAlarm: undefined, notes: [{ label: 'Also in alarm', text }] };
  }
}

async function messageOf(
  { record, severity, change }: Told,
  knowledge: Knowledge,
  deps: TellingDeps,
): Promise<Message> {
  const { config } = deps;
  if (change === undefined) {
    const { id, subject, message: text } = record;
    return plainMessage({ id, subject, text }, severity, config);
  }
  const surroundings =
    change.state === 'ALARM' ? around(change, severity, knowledge) : NO_SURROUNDINGS;
  return changeMessage(change, severity, await beginningOf(change, deps), config, surroundings);
}

function around(
  { name, arn, reason, composite }: AlarmChange,
  severity: Severity,
  { inAlarm, notes, diagnosis }: Knowledge,
): Surroundings {
  const { members, triggering } = composite ?? { members: [], triggering: [] };
  const found = surroundingsOf({ name, reason, members, triggering }, inAlarm);
  const { facts, object } = severity === 'page' ? diagnosis : NO_DIAGNOSIS;
  return {
    ...found,
    last: [...found.last, ...notes, ...facts],
    links: objectLinks('Diagnosis', object, arn),
  };
}

async function beginningOf(
  { name, state, at }: AlarmChange,
  { alarms, signal }: TellingDeps,
): Promise<Beginning> {
  if (state !== 'OK') return undefined;
  try {
    return episodeStart(await alarms.transitions(name, { signal }), at);
  } catch (error) {
    return { unknown: codeAndWords(error) };
  }
}
