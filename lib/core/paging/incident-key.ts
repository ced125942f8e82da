/** Longest key that PagerDuty takes; an alarm's name alone has at most as many characters. */
const MAX_KEY = 255;

/** Names an alarm's own incident: the same for all that is told of that alarm. */
export function incidentKey({
  name,
  arn,
}: {
  readonly name: string;
  readonly arn: string | undefined;
}): string {
  return arn !== undefined && arn.length <= MAX_KEY ? arn : name;
}
