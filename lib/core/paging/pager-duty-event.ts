import type { Severity } from '../config/notify-config.ts';
import { headlineOf, type Link, type Message } from './message.ts';
import { cut } from './text.ts';

/**
 * An event of PagerDuty's Events API v2.
 *
 * @see https://developer.pagerduty.com/docs/send-alert-event
 */
export type PagerDutyEvent = PagerDutyTrigger | PagerDutyResolve;

/** Says which service is meant, and which alert. */
interface Addressed {
  readonly routing_key: string;
  readonly dedup_key: string;
}

/**
 * Opens an alert, or adds to the one with the same key that is open: whom to wake next is then up to
 * PagerDuty. One that was closed by hand is opened anew by the next repetition.
 */
interface PagerDutyTrigger extends Addressed {
  readonly event_action: 'trigger';
  readonly client: 'Holdfast';
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'warning';
    readonly timestamp?: string;
    readonly component?: string;
    readonly group: string;
    readonly class?: string;
    readonly custom_details: Readonly<Record<string, string>>;
  };
  readonly links: readonly { readonly href: string; readonly text: string }[];
}

/** Closes the alert with this key. */
interface PagerDutyResolve extends Addressed {
  readonly event_action: 'resolve';
}

const SUMMARY_CHARS = 1_024;
/** All details together have 512 KB; a person reads less. */
const DETAIL_CHARS = 8_192;
const SEVERITIES = { page: 'critical', ticket: 'warning' } as const satisfies Record<
  Severity,
  string
>;
const EMPTY = '(no text)';

/** The message as an event: an alarm that is OK again resolves what it opened. */
export function pagerDutyEventOf(message: Message, routingKey: string): PagerDutyEvent {
  const { key, isOver } = message.incident;
  const addressed = { routing_key: routingKey, dedup_key: key };
  return isOver
    ? { ...addressed, event_action: 'resolve' }
    : { ...addressed, event_action: 'trigger', client: 'Holdfast', ...tellingOf(message) };
}

function tellingOf(message: Message): Pick<PagerDutyTrigger, 'payload' | 'links'> {
  const { severity, links, incident } = message;
  const { at, environment, cluster, kind } = incident;
  const summary = cut(headlineOf(message), SUMMARY_CHARS);
  return {
    payload: {
      summary: summary === '' ? EMPTY : summary,
      source: cluster === undefined ? `holdfast-${environment}` : `${cluster}.${environment}`,
      severity: SEVERITIES[severity],
      ...(at !== undefined && { timestamp: at.toISOString() }),
      ...(cluster !== undefined && { component: cluster }),
      group: environment,
      ...(kind !== undefined && { class: kind }),
      custom_details: detailsOf(message),
    },
    links: links.map(({ url, label }: Link) => ({ href: url, text: label })),
  };
}

function detailsOf({ text, facts, acknowledge }: Message): Readonly<Record<string, string>> {
  const rows = [
    ['What', text],
    ...facts.map((fact) => [fact.label, fact.text]),
    ...(acknowledge === undefined ? [] : [['Acknowledge', acknowledge.command]]),
  ];
  const byLabel = Map.groupBy(rows, ([label]) => label);
  return Object.fromEntries(
    [...byLabel].map(([label, same]) => [
      label,
      cut(same.map(([, value = '']) => value).join('\n'), DETAIL_CHARS),
    ]),
  );
}
