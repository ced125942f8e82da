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

/**
 * Where to see an object in the console.
 *
 * @param object - `s3://bucket/key`.
 * @param arn - of an alarm in the same region.
 * @returns nothing for an object elsewhere than in S3, or a region that is not known.
 */
export function objectLinks(
  label: string,
  object: string | undefined,
  arn: string | undefined,
): readonly Link[] {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(object ?? '') ?? [];
  const place = consoleOf(arn);
  if (bucket === undefined || key === undefined || place === undefined) return [];
  const { origin, region } = place;
  const query = `region=${region}&prefix=${encodeURIComponent(key)}`;
  return [{ label, url: `${origin}/s3/object/${bucket}?${query}` }];
}

function consoleUrl(name: string, arn: string | undefined): string | undefined {
  const place = consoleOf(arn);
  if (place === undefined) return undefined;
  const page = `${place.origin}/cloudwatch/home?region=${place.region}`;
  return `${page}#alarmsV2:alarm/${encodeURIComponent(name.toWellFormed())}`;
}

function consoleOf(arn = ''): { readonly origin: string; readonly region: string } | undefined {
  const [, partition = '', region] = ALARM_ARN.exec(arn) ?? [];
  const domain = CONSOLES[partition];
  if (domain === undefined || region === undefined) return undefined;
  return { origin: `https://${region}.${domain}`, region };
}
