/** Conditions that leave one role out of a denial; without a role it holds for everybody. */
export function exceptFor(
  roleArn: string | undefined,
): Record<string, Record<string, string>> | undefined {
  return roleArn === undefined ? undefined : { ArnNotEquals: { 'aws:PrincipalArn': roleArn } };
}
