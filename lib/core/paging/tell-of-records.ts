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
import { isVoice, mayHaveVoice } from './silence.ts';
import {
  NO_SURROUNDINGS,
  type Surrounded,
  type Surroundings,
  surroundingsOf,
} from './surroundings.ts';

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

type InAlarm = Pick<Knowledge, 'inAlarm' | 'notes'>;

/** It is only good to know, so a page does not wait for long. */
const IN_ALARM_MS = 5_000;
const NO_DIAGNOSIS: DiagnosisTelling = { facts: [], object: undefined };

/**
 * The messages about what came to the topics. For an alarm that pages, with what stands behind it: one diagnosis for all
 * records, for they came at once. What is only a consequence of an alarm that pages by itself goes to the people of
 * tickets, and no diagnosis is asked for it. Never throws: what cannot be had, the message says.
 */
export async function tellOfRecords(
  records: readonly TopicRecord[],
  deps: TellingDeps,
): Promise<readonly Message[]> {
  const told = records.map((record) => understand(record, deps.config));
  const knowledge = await findOut(told, deps);
  const messages = await Promise.all(told.map(async (one) => messageOf(one, knowledge, deps)));
  return messages.flatMap((message) => [message, ...endOfConsequences(message)]);
}

function understand(record: TopicRecord, { ticketTopic }: NotifyConfig): Told {
  // A topic that nobody told of pages: rather too loud than too quiet.
  const severity = record.topic === ticketTopic ? 'ticket' : 'page';
  return { record, severity, change: parseAlarmChange(record.message) };
}

async function findOut(told: readonly Told[], deps: TellingDeps): Promise<Knowledge> {
  const goneOff = told.filter(({ change }) => change?.state === 'ALARM');
  const reading = goneOff.length === 0 ? { inAlarm: [], notes: [] } : readInAlarm(deps);
  const [known, diagnosis] = await Promise.all([reading, diagnosisOf(goneOff, reading, deps)]);
  return { ...known, diagnosis };
}

/** Asked at once for what is a trouble of its own, whatever else is in ALARM; else once that is known. */
async function diagnosisOf(
  goneOff: readonly Told[],
  reading: InAlarm | Promise<InAlarm>,
  deps: TellingDeps,
): Promise<DiagnosisTelling> {
  const pages = goneOff
    .filter(({ severity }) => severity === 'page')
    .flatMap(({ change }) => (change === undefined ? [] : [change]));
  const page =
    pages.find((one) => one.composite === undefined && !mayHaveVoice(one)) ??
    (await ownTrouble(pages, reading));
  return page === undefined ? NO_DIAGNOSIS : askDiagnosis({ alarm: page.name, at: page.at }, deps);
}

async function ownTrouble(
  pages: readonly AlarmChange[],
  reading: InAlarm | Promise<InAlarm>,
): Promise<AlarmChange | undefined> {
  if (pages.length === 0) return undefined;
  const { inAlarm } = await reading;
  return pages.find((page) => !surroundingsOf(surrounded(page), inAlarm).isConsequence);
}

async function readInAlarm(deps: TellingDeps): Promise<InAlarm> {
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
  const urgency = surroundings.isConsequence ? 'ticket' : severity;
  return changeMessage(change, urgency, await beginningOf(change, deps), config, surroundings);
}

/** The people of tickets were told of its consequences as of one incident: so they hear that it is over. */
function endOfConsequences(message: Message): readonly Message[] {
  const { severity, alarm, incident } = message;
  const isOne = severity === 'page' && incident.isOver && alarm !== undefined && isVoice(alarm);
  return isOne ? [{ ...message, severity: 'ticket' }] : [];
}

function surrounded({ name, reason, composite }: AlarmChange): Surrounded {
  const { members, triggering } = composite ?? { members: [], triggering: [] };
  return { name, reason, members, triggering };
}

function around(
  change: AlarmChange,
  severity: Severity,
  { inAlarm, notes, diagnosis }: Knowledge,
): Surroundings {
  const found = surroundingsOf(surrounded(change), inAlarm);
  const { facts, object } = severity === 'page' && !found.isConsequence ? diagnosis : NO_DIAGNOSIS;
  return {
    ...found,
    last: [...found.last, ...notes, ...facts],
    links: objectLinks('Diagnosis', object, change.arn),
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
