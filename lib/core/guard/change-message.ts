import { alarmName } from '../contract/deployed-names.ts';
import { type Email, emailOf } from '../paging/email.ts';
import { oneLine, utc } from '../paging/text.ts';
import type { ChangeEvent } from './change-event.ts';
import type { Verdict } from './judge-change.ts';
import type { Stakes, Stretch } from './stakes.ts';

/** What a message about a change is made of. */
export interface ChangeReport {
  readonly environment: string;
  readonly cluster: string;
  /** Name of the runbook, up to the anchor. */
  readonly runbookUrl: string;
  readonly event: ChangeEvent;
  readonly verdict: Verdict;
  readonly stakes: Stakes;
}

/** The alarm that goes on about the page. */
export const GUARD_ALARM = 'GuardPaged';

/** More stretches are not named: after the newest ones a person looks for themselves. */
const MAX_STRETCHES = 6;
/** Of what a caller may have chosen, such as the name of a client. */
const MAX_CHARS = 300;

/** The message about a change, as a topic takes it: who, from where, when, what, and what is at stake. */
export function changeMessage(report: ChangeReport): Email {
  const { environment, cluster, event, verdict } = report;
  const loud = verdict.action === 'page' ? 'PAGE' : 'TICKET';
  return emailOf({
    severity: verdict.action === 'page' ? 'page' : 'ticket',
    alarm: undefined,
    title: `${loud} ${cluster} (${environment}) ${GUARD_ALARM}`,
    text: linesOf(report).join('\n'),
    facts: [],
    links: [],
    acknowledge: undefined,
    incident: {
      key: event.id ?? event.name,
      isOver: false,
      at: event.at,
      environment,
      cluster,
      kind: GUARD_ALARM,
    },
  });
}

function linesOf(report: ChangeReport): readonly string[] {
  const { event, verdict, stakes, environment, cluster, runbookUrl } = report;
  const { service, name, refusal, sourceIp, userAgent, resources, region, id } = event;
  const tried = refusal === undefined ? '' : `, which was refused (${said(refusal)})`;
  return [
    `${said(service)}:${said(name)}${tried}, by ${said(event.actor)}: ${verdict.says}`,
    '',
    `Who:      ${said(event.actor)}${roleOf(event)}${verdict.isDeployment ? ', a deployment' : ''}`,
    `From:     ${said(sourceIp)}${userAgent === undefined ? '' : `, ${said(userAgent)}`}`,
    `When:     ${event.at === undefined ? said(undefined) : utc(event.at)}`,
    `What:     ${said(service)}:${said(name)} ${said(JSON.stringify(event.request))}`,
    ...(resources.length === 0 ? [] : [`On:       ${said(resources.join(', '))}`]),
    ...stakesLines(stakes),
    `Event:    ${said(id)} in CloudTrail${region === undefined ? '' : `, ${said(region)}`}`,
    `Runbook:  ${runbookUrl}#${GUARD_ALARM.toLowerCase()}`,
    ...(verdict.action === 'page'
      ? [
          `Paged again until it is acknowledged: holdfast ack ${alarmName({ environment, cluster, id: GUARD_ALARM })}`,
        ]
      : []),
  ];
}

function roleOf({ role, actor }: ChangeEvent): string {
  return role === undefined || role === actor ? '' : ` (role ${said(role)})`;
}

function stakesLines(stakes: Stakes): readonly string[] {
  if ('unknown' in stakes) return [`At stake: nobody can tell: ${said(stakes.unknown)}`];
  const { backups, stretches } = stakes;
  if (stretches.length === 0) return ['At stake: nothing that could be recovered now'];
  const named = stretches.slice(-MAX_STRETCHES);
  const left = stretches.length - named.length;
  return [
    `At stake: ${backups} restorable base backup${backups === 1 ? '' : 's'}, and recovery to any time of`,
    ...named.map((stretch) => `          ${stretchText(stretch)}`),
    ...(left === 0 ? [] : [`          and ${left} earlier stretches`]),
  ];
}

function stretchText({ timeline, from, to }: Stretch): string {
  return `${utc(from)} to ${utc(to)} on timeline ${timeline}`;
}

/** On one line, and not longer than a person reads: a caller chose some of it. */
function said(text: string | undefined): string {
  if (text === undefined) return 'not said';
  const line = oneLine(text);
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS)}…`;
}
