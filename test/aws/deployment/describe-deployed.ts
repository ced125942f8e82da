import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { beforeAll, describe, vi } from 'vitest';
import { ENVIRONMENTS } from '../../../bin/environments/index.ts';
import type { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import type { Deployment } from '../../../lib/infra/deployment/deployment.ts';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { describeAws } from '../control-plane.ts';
import { type Assembly, ENVIRONMENT_NAMES, type EnvironmentName, synthesized } from './assembly.ts';
import { type DeployedResource, deployToMoto } from './moto-deployment.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';

/** An environment on an API server. */
export interface Deployed {
  readonly environment: EnvironmentName;
  /** What its file says. */
  readonly deployment: Deployment;
  readonly cluster: Cluster;
  readonly assembly: Assembly;
  readonly all: (type: string) => readonly DeployedResource[];
  /** Name of the only one of a type, or of that with this construct id, behind which is a hash. */
  readonly nameOf: (type: string, id?: string) => string;
  /** Value of an SSM parameter. */
  readonly parameter: (name: string) => Promise<string>;
}

/** Types that the API server does not have at all, and what is held against its rules instead. */
export const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['AWS::CDK::Metadata', 'is no resource: the CDK counts its users by it'],
  ['AWS::CloudTrail::Trail', 'test/infra/guard: the server refuses its event selectors'],
  ['AWS::CloudWatch::CompositeAlarm', 'test/infra/monitoring/cause-graph.test.ts'],
  ['AWS::EC2::SecurityGroupEgress', 'test/infra'],
  ['AWS::ECS::ClusterCapacityProviderAssociations', 'test/infra'],
  ['AWS::Lambda::EventInvokeConfig', 'test/infra'],
  ['AWS::S3::BucketPolicy', 'vault-policy.test.ts: the server knows no conditions'],
  ['AWS::SNS::TopicPolicy', 'test/infra'],
  ['AWS::SQS::QueuePolicy', 'test/infra'],
  ['AWS::SecretsManager::RotationSchedule', 'test/functions/rotate-secret.test.ts'],
]);

/** Tests on each environment as it is deployed to an API server. */
export function describeDeployed(
  title: string,
  tests: (deployed: () => Deployed) => void,
  environments: readonly EnvironmentName[] = ENVIRONMENT_NAMES,
): void {
  // The templates name the account, so it has to be the server's.
  beforeAll(() => void vi.stubEnv('MOTO_ACCOUNT_ID', ENVIRONMENTS.prod.account));
  describeAws(title, () => {
    describe.each(environments)('%s', (environment) => {
      let deployed: Deployed | undefined;
      beforeAll(async () => {
        deployed = await deploy(environment);
      }, SHARED_WORK_MS);
      tests(() => {
        if (deployed === undefined) throw new Error(`${environment} is not deployed yet`);
        return deployed;
      });
    });
  });
}

async function deploy(environment: EnvironmentName): Promise<Deployed> {
  const { deployment } = parseDeployments(ENVIRONMENTS, environment);
  const [cluster] = deployment.clusters;
  if (cluster === undefined) throw new Error(`${environment} has no cluster`);
  const assembly = await synthesized(environment);
  const resources = await deployToMoto(assembly, new Set(LEFT_OUT.keys()));
  const all = (type: string): readonly DeployedResource[] =>
    resources.filter((resource) => resource.type === type);
  return {
    environment,
    deployment,
    cluster,
    assembly,
    all,
    nameOf: (type, id = '.*') => {
      // What its stack holds directly, without a construct around it, has no hash.
      const pattern = new RegExp(`^${id}([0-9A-F]{8})?$`);
      const [found, other] = all(type).filter(({ logicalId }) => pattern.test(logicalId));
      if (found?.name === undefined || other !== undefined) {
        throw new Error(`there is not one ${type} ${id}`);
      }
      return found.name;
    },
    parameter: async (name) => {
      const { Parameter } = await new SSMClient().send(new GetParameterCommand({ Name: name }));
      return Parameter?.Value ?? '';
    },
  };
}
