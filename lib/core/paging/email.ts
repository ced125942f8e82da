import { headlineOf, type Message } from './message.ts';

/** An e-mail as SNS takes it. */
export interface Email {
  readonly subject: string;
  readonly text: string;
}

/** "Less than 100 characters long", without line breaks and control characters. */
const SUBJECT_CHARS = 99;
const NOT_ASCII = /[^\u0020-\u007E]/gu;
const EMPTY = '(no text)';
const LABEL_WIDTH = 16;

/**
 * The message as e-mail. The subject is plain ASCII: SNS used to refuse all else, and some mail
 * programs show it badly.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function emailOf(message: Message): Email {
  const subject = headlineOf(message).replaceAll('…', '...').replaceAll(NOT_ASCII, '?');
  const text = message.alarm === undefined ? message.text : alarmText(message);
  return {
    subject: asciiCut(subject === '' ? EMPTY : subject),
    text: text === '' ? EMPTY : text.toWellFormed(),
  };
}

function asciiCut(subject: string): string {
  return subject.length <= SUBJECT_CHARS ? subject : `${subject.slice(0, SUBJECT_CHARS - 3)}...`;
}

function alarmText({ title, text, facts, links, acknowledge }: Message): string {
  return [
    `${title}: ${text}`,
    '',
    ...facts.map((fact) => `${`${fact.label}:`.padEnd(LABEL_WIDTH)}${fact.text}`),
    '',
    ...links.map(({ label, url }) => `${label}: ${url}`),
    ...(acknowledge === undefined
      ? []
      : ['', `To acknowledge it (${acknowledge.otherwise}):`, `  ${acknowledge.command}`]),
  ].join('\n');
}
