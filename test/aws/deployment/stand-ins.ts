import type { Assembly, Resource, SynthesizedStack } from './assembly.ts';
import { resolveTokens, type TokenValues } from './resolve-tokens.ts';

/** A stack whose templates say what they mean, with stand-ins for what only a deployment knows. */
export interface ResolvedStack {
  readonly id: string;
  readonly resources: readonly ResolvedResource[];
}

/** A resource without tokens. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly arn: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Names that a template gives itself; all other resources are called by their logical ids. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::ECS::Cluster': 'ClusterName',
};

/** All stacks of an environment, resolved. */
export function resolveStacks(assembly: Assembly): readonly ResolvedStack[] {
  return assembly.stacks.map((stack) => ({
    id: stack.id,
    resources: Object.entries(stack.template.Resources).map(([logicalId, resource]) => ({
      logicalId,
      arn: arnOf(assembly, resource.Type, nameOf(logicalId, resource)),
      type: resource.Type,
      properties: resolveTokens(
        resource.Properties ?? {},
        standInValues(assembly, stack),
      ) as Record<string, unknown>,
    })),
  }));
}

/** The resources of one type in all stacks. */
export function resourcesOf(
  stacks: readonly ResolvedStack[],
  type: string,
): readonly ResolvedResource[] {
  return stacks.flatMap(({ resources }) => resources.filter((resource) => resource.type === type));
}

/** Values of the intrinsic functions in `stack`, with names and ARNs of the right shape. */
function standInValues(assembly: Assembly, stack: SynthesizedStack): TokenValues {
  return {
    pseudo: pseudoParameters(assembly, stack),
    ofResource: (logicalId, attribute) => {
      const resource = stack.template.Resources[logicalId];
      if (resource === undefined) throw new Error(`${stack.id} has no ${logicalId}`);
      const name = nameOf(logicalId, resource);
      return attribute === 'Arn' ? arnOf(assembly, resource.Type, name) : name;
    },
    ofOutput: (stackName, outputName) => {
      const other = assembly.stacks.find(({ name }) => name === stackName);
      const output = other?.template.Outputs?.[outputName];
      if (other === undefined || output === undefined) {
        throw new Error(`${stackName} has no output ${outputName}`);
      }
      return resolveTokens(output.Value, standInValues(assembly, other));
    },
  };
}

/** Of a stack that is deployed as its environment says. */
export function pseudoParameters(
  { account, region }: Assembly,
  { name }: SynthesizedStack,
): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${name}/1`,
    'AWS::StackName': name,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

function nameOf(logicalId: string, { Type, Properties }: Resource): string {
  const named = Properties?.[NAME_PROPERTY[Type] ?? ''];
  return typeof named === 'string' ? named : logicalId;
}

function arnOf({ account, region }: Assembly, type: string, name: string): string {
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  if (type === 'AWS::IAM::Role') return `arn:aws:iam::${account}:role/${name}`;
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  return `arn:aws:${service}:${region}:${account}:${kind}/${name}`;
}
