import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
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
  acknowledgeWildcards(role, statements, wildcards);
}

/**
 * Gives a role of another stack its statements, in a policy of this one: that one must not wait for what
 * they name.
 *
 * @param wildcards - as of {@link allow}.
 */
export function allowFrom(
  scope: Construct,
  role: iam.IRole,
  statements: iam.PolicyStatement[],
  wildcards?: string,
): iam.Policy {
  const policy = new iam.Policy(scope, 'Rights', { roles: [role], statements });
  acknowledgeWildcards(policy, statements, wildcards);
  return policy;
}

function acknowledgeWildcards(
  scope: IConstruct,
  statements: readonly iam.PolicyStatement[],
  wildcards: string | undefined,
): void {
  if (wildcards === undefined) return;
  const resources = statements.flatMap(({ resources: named }) => named);
  const open = resources.filter((name) => !Token.isUnresolved(name) && name.includes('*'));
  for (const resource of new Set(open)) {
    acknowledge(scope, `IAM5[Resource::${resource}]`, wildcards);
  }
}
