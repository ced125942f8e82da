import { Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { acknowledge } from './acknowledge.ts';

/**
 * Gives a role its statements.
 *
 * @param wildcards - why some of them name no single resource; each is acknowledged by itself, so that
 *   one that comes later is not.
 */
export function allow(
  role: iam.Role,
  statements: readonly iam.PolicyStatement[],
  wildcards?: string,
): void {
  for (const statement of statements) role.addToPrincipalPolicy(statement);
  if (wildcards === undefined) return;
  const resources = statements.flatMap(({ resources: named }) => named);
  const open = resources.filter((name) => !Token.isUnresolved(name) && name.includes('*'));
  for (const resource of new Set(open)) {
    acknowledge(role, `IAM5[Resource::${resource}]`, wildcards);
  }
}
