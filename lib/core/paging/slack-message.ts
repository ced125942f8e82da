import { headlineOf, type Link, type Message } from './message.ts';
import { oneLine } from './text.ts';

/** What an incoming webhook takes. */
export interface SlackMessage {
  /** Shown in notifications. */
  readonly text: string;
  readonly blocks: readonly SlackSection[];
}

/** A block of text. */
export interface SlackSection {
  readonly type: 'section';
  /** `verbatim`: a bare `@here` in a text alerts nobody. */
  readonly text: { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };
}

/**
 * Longest text of a section, and here of a notification.
 *
 * @see https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
const MAX_CHARS = 3_000;
const HEADLINE_CHARS = 300;
const ELLIPSIS = '…';
/** Else a section without text is refused, and the whole message with it. */
const NOTHING = '(no text)';

/** The message for an incoming webhook. Nothing in it can alert a channel or a person by name. */
export function slackMessageOf(message: Message): SlackMessage {
  const { title, text, facts, links, acknowledge } = message;
  const head = [...(title === '' ? [] : [`*${escaped(oneLine(title))}*`]), escaped(text)];
  const rows = facts.map(({ label, text: value }) => `*${label}:* ${escaped(value)}`);
  const next = [
    ...(links.length === 0 ? [] : [links.map(linkText).join(' | ')]),
    ...(acknowledge === undefined
      ? []
      : [`\`${escaped(acknowledge.command)}\`: ${escaped(acknowledge.otherwise)}`]),
  ];
  return {
    text: fitted(escaped(headlineOf(message)), HEADLINE_CHARS),
    blocks: [
      section(head),
      ...[rows, next].filter((lines) => lines.length > 0).map((lines) => section(lines)),
    ],
  };
}

function section(lines: readonly string[]): SlackSection {
  const text = fitted(lines.join('\n'), MAX_CHARS);
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function linkText({ label, url }: Link): string {
  return `<${escaped(url).replaceAll('|', '%7C')}|${escaped(label)}>`;
}

/**
 * The three characters that mean something to Slack.
 *
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Cuts neither a character of two halves nor an entity in the middle; never gives an empty text. */
function fitted(text: string, max: number): string {
  if (text.trim() === '') return NOTHING;
  if (text.length <= max) return text;
  const start = text.slice(0, max - ELLIPSIS.length);
  return `${start.replace(/(?:[\uD800-\uDBFF]|&[a-z]{0,3})$/, '')}${ELLIPSIS}`;
}
