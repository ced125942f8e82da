/** Conditions that leave roles out of a denial; without any it holds for everybody. */
export function exceptFor(
  ...roleArns: readonly (string | undefined)[]
): Record<string, Record<string, string | string[]>> | undefined {
  const named = roleArns.filter((arn) => arn !== undefined);
  const [only] = named;
  if (only === undefined) return undefined;
  return { ArnNotEquals: { 'aws:PrincipalArn': named.length === 1 ? only : named } };
}
