import type { Severity } from '../config/notify-config.ts';
import { oneLine } from './text.ts';

/** What people are told, before it is put into the form of each way to them. */
export interface Message {
  readonly severity: Severity;
  /** Name of the alarm that it is about; absent for what a person wrote. */
  readonly alarm: string | undefined;
  /** How urgent, where and what, such as `PAGE orders (prod) BackupMissed`. Empty when nobody gave one. */
  readonly title: string;
  /** What happened: a sentence, or what a person wrote. */
  readonly text: string;
  readonly facts: readonly Fact[];
  readonly links: readonly Link[];
  /** How to stop the repetitions; absent when there are none. */
  readonly acknowledge: Acknowledge | undefined;
  readonly incident: Incident;
}

/** A line of a table. */
export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** Where to read on. */
export interface Link {
  readonly label: string;
  readonly url: string;
}

/** How to stop the repetitions. */
export interface Acknowledge {
  /** To be pasted. */
  readonly command: string;
  /** What happens without it. */
  readonly otherwise: string;
}

/** What the message is about, for programs that keep track of it. */
export interface Incident {
  /** The same for every message about one trouble. */
  readonly key: string;
  /** Whether the trouble is over. */
  readonly isOver: boolean;
  readonly at: Date | undefined;
  readonly environment: string;
  readonly cluster: string | undefined;
  /** Id of the alarm, such as `BackupMissed`. */
  readonly kind: string | undefined;
}

/** What all messages of one invocation share. */
export interface MessageContext {
  readonly environment: string;
  /** Whose notifier it is. */
  readonly cluster: string;
  /** Name of the runbook, up to the anchor. */
  readonly runbookUrl: string;
  readonly repeatMinutes: number;
}

/** The message in one line. */
export function headlineOf({ title, text }: Pick<Message, 'title' | 'text'>): string {
  return oneLine(title === '' ? text : `${title}: ${text}`);
}

/** What a person sent to a topic. */
export interface PersonsWords {
  /** The topic's own id of it. */
  readonly id: string;
  readonly subject: string | undefined;
  readonly text: string;
}

/** What a person sent, as it is: whoever tests the way to the pager sees that it works. */
export function plainMessage(
  { id, subject, text }: PersonsWords,
  severity: Severity,
  { environment, cluster }: MessageContext,
): Message {
  return {
    severity,
    alarm: undefined,
    title: subject ?? '',
    text,
    facts: [],
    links: [],
    acknowledge: undefined,
    incident: { key: id, isOver: false, at: undefined, environment, cluster, kind: undefined },
  };
}
