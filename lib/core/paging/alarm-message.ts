import type { Severity } from '../config/notify-config.ts';
import { parseAlarmName } from '../contract/deployed-names.ts';
import { span } from '../doctor/amounts.ts';
import type { AlarmInAlarm, AlarmState } from '../ports/alarm-states.ts';
import type { AlarmChange } from './alarm-change.ts';
import { parseDescription } from './alarm-description.ts';
import { alarmLinks } from './alarm-links.ts';
import { incidentKey } from './incident-key.ts';
import type { Acknowledge, Fact, Message, MessageContext } from './message.ts';
import { NO_SURROUNDINGS, type Surroundings } from './surroundings.ts';
import { utc } from './text.ts';

/** When a trouble began, or why that is not known. */
export type Beginning = Date | { readonly unknown: string } | undefined;

/** What the messages about an alarm have in common. */
type Subject = Pick<AlarmChange, 'name' | 'arn' | 'description' | 'reason'>;

/** What one message adds to {@link Subject}. */
interface Telling {
  readonly title: string;
  readonly text: string;
  readonly when: readonly Fact[];
  readonly at: Date;
  readonly isOver?: boolean;
  readonly repeats?: boolean;
  readonly surroundings?: Surroundings;
}

const LOUD: Readonly<Record<Severity, string>> = { page: 'PAGE', ticket: 'TICKET' };

/** What each state means to people. */
const TELLINGS: Readonly<
  Record<AlarmState, (change: AlarmChange, severity: Severity, began: Beginning) => Telling>
> = {
  ALARM: (change, severity) => ({
    title: `${LOUD[severity]} ${headOf(change)}`,
    text: sentenceOf(change),
    when: [{ label: 'Since', text: utc(change.at) }],
    at: change.at,
    repeats: severity === 'page',
  }),
  OK: (change, _severity, began) => ({
    title: `OK ${headOf(change)}`,
    text: `recovered${began instanceof Date ? ` after ${between(began, change.at)}` : ''}; it was: ${sentenceOf(change)}`,
    when: [{ label: 'Recovered', text: utc(change.at) }, ...lasted(began, change.at)],
    at: change.at,
    isOver: true,
  }),
  INSUFFICIENT_DATA: (change) => ({
    title: `NO DATA ${headOf(change)}`,
    text: `there is too little data to tell whether ${sentenceOf(change)}`,
    when: [{ label: 'Since', text: utc(change.at) }, ...withoutSight(change)],
    at: change.at,
  }),
};

/**
 * The message about a change of an alarm's state.
 *
 * @param began - of the trouble that is over; only for a change to OK.
 * @param surroundings - what else is wrong; only for a change to ALARM.
 */
export function changeMessage(
  change: AlarmChange,
  severity: Severity,
  began: Beginning,
  context: MessageContext,
  surroundings: Surroundings = NO_SURROUNDINGS,
): Message {
  const telling = TELLINGS[change.state](change, severity, began);
  return build(change, severity, context, { ...telling, surroundings });
}

/** The message about an alarm that nobody has acknowledged. */
export function repeatMessage(
  alarm: AlarmInAlarm,
  now: Date,
  notes: readonly Fact[],
  context: MessageContext,
  surroundings: Surroundings = NO_SURROUNDINGS,
): Message {
  const since = alarm.transitionedAt;
  return build(alarm, 'page', context, {
    title: `${LOUD.page} AGAIN ${headOf(alarm)}`,
    text: sentenceOf(alarm),
    when: [{ label: 'Since', text: `${utc(since)}, for ${between(since, now)}` }, ...notes],
    at: since,
    repeats: true,
    surroundings,
  });
}

function build(
  subject: Subject,
  severity: Severity,
  context: MessageContext,
  telling: Telling,
): Message {
  const { title, text, when, at, isOver = false, repeats = false } = telling;
  const { first, last, links, incident } = telling.surroundings ?? NO_SURROUNDINGS;
  const { name, description, reason } = subject;
  const { look } = parseDescription(description);
  const identity = parseAlarmName(name);
  const { environment, cluster } = identity ?? context;
  return {
    severity,
    alarm: name,
    title,
    text,
    facts: [
      ...first,
      { label: 'Alarm', text: name },
      ...(cluster === undefined ? [] : [{ label: 'Cluster', text: cluster }]),
      { label: 'Environment', text: environment },
      { label: 'Severity', text: severity },
      ...when,
      ...(reason === '' ? [] : [{ label: 'Reason', text: reason }]),
      ...(isOver || look === undefined ? [] : [{ label: 'Look first', text: look }]),
      ...last,
    ],
    links: [...alarmLinks(subject, context.runbookUrl), ...links],
    acknowledge: repeats && identity !== undefined ? acknowledge(name, context) : undefined,
    incident: {
      key: incident ?? incidentKey(subject),
      isOver,
      at,
      environment,
      cluster,
      kind: identity?.id,
    },
  };
}

function acknowledge(name: string, { repeatMinutes }: MessageContext): Acknowledge {
  return {
    command: `holdfast ack ${name}`,
    otherwise: `it is paged again every ${repeatMinutes} minutes until it is acknowledged or OK`,
  };
}

/** A sentence that says what is wrong. */
function sentenceOf({ name, description }: Subject): string {
  return parseDescription(description).sentence ?? `${name} is in alarm`;
}

/** Where data is at stake, not to see is as bad as to see trouble. */
function withoutSight({ description }: Subject): readonly Fact[] {
  if (parseDescription(description).tier !== 'A') return [];
  const text =
    'nobody sees whether data is at risk: look yourself, then see in the runbook at ProbeSilent why nothing is measured';
  return [{ label: 'Do', text }];
}

/** `orders (prod) BackupMissed`. */
function headOf({ name }: Subject): string {
  const identity = parseAlarmName(name);
  if (identity === undefined) return name;
  const { environment, cluster, id } = identity;
  return cluster === undefined ? `${environment} ${id}` : `${cluster} (${environment}) ${id}`;
}

function between(start: Date, end: Date): string {
  return span((end.getTime() - start.getTime()) / 1_000);
}

function lasted(began: Beginning, endedAt: Date): readonly Fact[] {
  if (began === undefined) return [];
  const text =
    began instanceof Date
      ? `${between(began, endedAt)}, since ${utc(began)}`
      : `not known: ${began.unknown}`;
  return [{ label: 'Lasted', text }];
}
