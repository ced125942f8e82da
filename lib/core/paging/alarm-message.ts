import type { Severity } from '../config/notify-config.ts';
import { parseAlarmName } from '../contract/deployed-names.ts';
import { span } from '../doctor/amounts.ts';
import type { AlarmInAlarm, AlarmState } from '../ports/alarm-states.ts';
import type { AlarmChange } from './alarm-change.ts';
import { alarmLinks } from './alarm-links.ts';
import type { Acknowledge, Fact, Message, MessageContext } from './message.ts';
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
}

const LOUD: Readonly<Record<Severity, string>> = { page: 'PAGE', ticket: 'TICKET' };
/** Longest key that PagerDuty takes; an alarm's name alone has at most as many characters. */
const MAX_KEY = 255;

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
    when: [{ label: 'Since', text: utc(change.at) }],
    at: change.at,
  }),
};

/**
 * The message about a change of an alarm's state.
 *
 * @param began - of the trouble that is over; only for a change to OK.
 */
export function changeMessage(
  change: AlarmChange,
  severity: Severity,
  began: Beginning,
  context: MessageContext,
): Message {
  return build(change, severity, context, TELLINGS[change.state](change, severity, began));
}

/** The message about an alarm that nobody has acknowledged. */
export function repeatMessage(
  alarm: AlarmInAlarm,
  now: Date,
  notes: readonly Fact[],
  context: MessageContext,
): Message {
  const since = alarm.transitionedAt;
  return build(alarm, 'page', context, {
    title: `${LOUD.page} AGAIN ${headOf(alarm)}`,
    text: sentenceOf(alarm),
    when: [{ label: 'Since', text: `${utc(since)}, for ${between(since, now)}` }, ...notes],
    at: since,
    repeats: true,
  });
}

function build(
  subject: Subject,
  severity: Severity,
  context: MessageContext,
  { title, text, when, at, isOver = false, repeats = false }: Telling,
): Message {
  const { name, arn, reason } = subject;
  const identity = parseAlarmName(name);
  const { environment, cluster } = identity ?? context;
  return {
    severity,
    alarm: name,
    title,
    text,
    facts: [
      { label: 'Alarm', text: name },
      ...(cluster === undefined ? [] : [{ label: 'Cluster', text: cluster }]),
      { label: 'Environment', text: environment },
      { label: 'Severity', text: severity },
      ...when,
      ...(reason === '' ? [] : [{ label: 'Reason', text: reason }]),
    ],
    links: alarmLinks(subject, context.runbookUrl),
    acknowledge: repeats && identity !== undefined ? acknowledge(name, context) : undefined,
    incident: {
      key: arn !== undefined && arn.length <= MAX_KEY ? arn : name,
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

/** The first line of the alarm's description: a sentence that says what is wrong. */
function sentenceOf({ name, description = '' }: Subject): string {
  const [line = ''] = description.trim().split('\n');
  return line.trim().replace(/\.$/, '') || `${name} is in alarm`;
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
