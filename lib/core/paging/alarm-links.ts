import { parseAlarmName } from '../contract/deployed-names.ts';
import type { Link } from './message.ts';

/** Domains of the console; each partition of AWS has one of its own. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};
const ALARM_ARN = /^arn:([a-z-]+):cloudwatch:([a-z0-9-]+):\d*:alarm:/;

/** Where to read on about an alarm: in the runbook, and in the console. */
export function alarmLinks(
  { name, arn }: { readonly name: string; readonly arn: string | undefined },
  runbookUrl: string,
): readonly Link[] {
  const console = consoleUrl(name, arn);
  return [
    { label: 'Runbook', url: runbookSection(name, runbookUrl) },
    ...(console === undefined ? [] : [{ label: 'Alarm in the console', url: console }]),
  ];
}

/** The alarm's own section: the anchor that GitHub makes of a heading, which is its id in lower case. */
function runbookSection(name: string, runbookUrl: string): string {
  const id = parseAlarmName(name)?.id;
  return id === undefined ? runbookUrl : `${runbookUrl}#${id.toLowerCase()}`;
}

function consoleUrl(name: string, arn = ''): string | undefined {
  const [, partition = '', region] = ALARM_ARN.exec(arn) ?? [];
  const domain = CONSOLES[partition];
  if (domain === undefined || region === undefined) return undefined;
  const page = `https://${region}.${domain}/cloudwatch/home?region=${region}`;
  return `${page}#alarmsV2:alarm/${encodeURIComponent(name.toWellFormed())}`;
}
