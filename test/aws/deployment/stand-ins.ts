import type { SynthesizedStack } from './assembly.ts';
import { resolveTokens, type TokenValues } from './resolve-tokens.ts';

/** Stacks that are deployed together. */
export interface StackSet {
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly NamedTemplate[];
}

/** A template, and how its stack is called. */
export type NamedTemplate = Pick<SynthesizedStack, 'id' | 'name' | 'template'>;

/** A stack whose templates say what they mean, with stand-ins for what only a deployment knows. */
export interface ResolvedStack {
  readonly id: string;
  readonly resources: readonly ResolvedResource[];
}

/** A resource without tokens. */
export interface ResolvedResource {
  readonly logicalId: string;
  /** What a reference to it gives. */
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Names that a template gives itself; all other resources are called by their stack and logical id. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::ECS::Cluster': 'ClusterName',
};

/** All stacks of an environment, resolved. */
export function resolveStacks(set: StackSet): readonly ResolvedStack[] {
  return set.stacks.map((stack) => ({
    id: stack.id,
    resources: Object.entries(stack.template.Resources).map(([logicalId, resource]) => ({
      logicalId,
      name: nameOf(stack, logicalId),
      arn: arnOf(set, stack, logicalId),
      type: resource.Type,
      properties: resolveTokens(resource.Properties ?? {}, standInValues(set, stack)) as Record<
        string,
        unknown
      >,
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

/** Of a stack that is deployed as its environment says. */
export function pseudoParameters(
  { account, region }: StackSet,
  { name }: NamedTemplate,
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

/** Values of the intrinsic functions in `stack`, with names and ARNs of the right shape. */
function standInValues(set: StackSet, stack: NamedTemplate): TokenValues {
  return {
    pseudo: pseudoParameters(set, stack),
    ofResource: (logicalId, attribute) =>
      attribute === 'Arn' ? arnOf(set, stack, logicalId) : nameOf(stack, logicalId),
    ofOutput: (stackName, outputName) => {
      const other = set.stacks.find(({ name }) => name === stackName);
      const output = other?.template.Outputs?.[outputName];
      if (other === undefined || output === undefined) {
        throw new Error(`${stackName} has no output ${outputName}`);
      }
      return resolveTokens(output.Value, standInValues(set, other));
    },
  };
}

function nameOf({ id, template }: NamedTemplate, logicalId: string): string {
  const resource = template.Resources[logicalId];
  if (resource === undefined) throw new Error(`${id} has no ${logicalId}`);
  const named = resource.Properties?.[NAME_PROPERTY[resource.Type] ?? ''];
  return typeof named === 'string' ? named : `${id}-${logicalId}`;
}

function arnOf({ account, region }: StackSet, stack: NamedTemplate, logicalId: string): string {
  const name = nameOf(stack, logicalId);
  const type = stack.template.Resources[logicalId]?.Type ?? '';
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  if (type === 'AWS::IAM::Role') return `arn:aws:iam::${account}:role/${name}`;
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  return `arn:aws:${service}:${region}:${account}:${kind}/${name}`;
}
