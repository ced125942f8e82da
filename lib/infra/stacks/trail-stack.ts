import { Aws, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { stackEnvironment } from '../cluster-scope.ts';
import { ChangeTrail } from '../constructs/change-trail.ts';
import type { NamedDeployment } from '../deployment/parse-deployments.ts';

/** ARN of the trail by which anybody hears of changes in an environment: its own, or the one it names. */
export function trailArn({ name, deployment }: NamedDeployment): string {
  const { trail, account, region } = deployment;
  if (trail !== 'own') return trail.arn;
  return `arn:${Aws.PARTITION}:cloudtrail:${region}:${account}:trail/${ownTrailName(name)}`;
}

/** Who changes what in an environment: its clusters share the news, and nothing of what the news is about. */
export class TrailStack extends Stack {
  constructor(scope: Construct, id: string, { name, deployment }: NamedDeployment) {
    super(scope, id, {
      stackName: `holdfast-${name}-trail`,
      description: `Holdfast ${name}: who changes what`,
      env: stackEnvironment(deployment),
      terminationProtection: deployment.terminationProtection,
    });
    new ChangeTrail(this, 'Changes', ownTrailName(name));
  }
}

function ownTrailName(environment: string): string {
  return `holdfast-${environment}`;
}
