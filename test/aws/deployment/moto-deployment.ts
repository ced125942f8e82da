import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import type { Assembly, Resource, SynthesizedStack } from './assembly.ts';
import { HAND_MADE, NAMED_ONLY } from './hand-made.ts';
import { publishAssets } from './publish-assets.ts';
import { intrinsicOf, referenceKey, referencesIn, replaceOthers } from './references.ts';
import { resolveTokens, type TokenValues } from './resolve-tokens.ts';
import { pseudoParameters } from './stand-ins.ts';

/** A resource as it was deployed. */
export interface DeployedResource {
  readonly logicalId: string;
  readonly type: string;
  /** What a reference to it gives; `undefined` where the server has made nothing. */
  readonly name: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What the server's own CloudFormation trips over. */
const TAGS_IN_ANOTHER_FORM = new Set(['AWS::KMS::Key', 'AWS::SSM::Parameter']);

/** What is known of a stack's resources: values of references, by their keys. */
type Values = Map<string, string>;
type Entry = readonly [logicalId: string, resource: Resource];

/**
 * Deploys an environment to the API server that the SDK finds by itself: its assets, then stack by
 * stack what the server's CloudFormation can make, then by hand what it cannot.
 *
 * @param leftOut - types of which nothing is made.
 */
export async function deployToMoto(
  assembly: Assembly,
  leftOut: ReadonlySet<string>,
): Promise<readonly DeployedResource[]> {
  await publishAssets(assembly);
  const outputs = new Map<string, unknown>();
  const deployed: DeployedResource[] = [];
  for (const stack of assembly.stacks) {
    const known: Values = new Map();
    const values = valuesOf(assembly, stack, known, outputs);
    const wanted = Object.entries(stack.template.Resources).filter(
      ([, { Type }]) => !leftOut.has(Type),
    );
    const byHand = wanted.filter(([, { Type }]) => HAND_MADE[Type] !== undefined);
    foresee(Object.entries(stack.template.Resources), assembly, known);
    const own = wanted.filter((entry) => !byHand.includes(entry));
    const names = await createStack(stack, own, values, known);
    for (const [logicalId, { Type, Properties }] of byHand) {
      const name = await HAND_MADE[Type]?.make(resolved(Properties, values), logicalId);
      known.set(logicalId, name ?? '');
      names.set(logicalId, name ?? '');
    }
    for (const [name, { Value }] of Object.entries(stack.template.Outputs ?? {})) {
      outputs.set(`${stack.name} ${name}`, resolveTokens(Value, values));
    }
    for (const [logicalId, { Type, Properties }] of wanted) {
      const name = names.get(logicalId);
      deployed.push({ logicalId, type: Type, name, properties: resolved(Properties, values) });
    }
  }
  return deployed;
}

function resolved(
  properties: Resource['Properties'],
  values: TokenValues,
): Record<string, unknown> {
  return resolveTokens(properties ?? {}, values) as Record<string, unknown>;
}

function valuesOf(
  assembly: Assembly,
  stack: SynthesizedStack,
  known: Values,
  outputs: ReadonlyMap<string, unknown>,
): TokenValues {
  const find = (values: ReadonlyMap<string, unknown>, key: string): unknown => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`${stack.id}: ${key} is not known yet`);
    return value;
  };
  return {
    pseudo: pseudoParameters(assembly, stack),
    ofResource: (logicalId, attribute) => find(known, referenceKey({ logicalId, attribute })),
    ofOutput: (stackName, outputName) => find(outputs, `${stackName} ${outputName}`),
  };
}

/** ARNs of what CloudFormation does not make, where they follow from its name: others refer to them. */
function foresee(all: readonly Entry[], { region, account }: Assembly, known: Values): void {
  for (const [logicalId, { Type, Properties }] of all) {
    const { arnBeforeName, nameProperty = 'Name' } = HAND_MADE[Type] ?? NAMED_ONLY[Type] ?? {};
    if (arnBeforeName === undefined) continue;
    const before = arnBeforeName.replace('{place}', `${region}:${account}`);
    const arn = `arn:aws:${before}${String(Properties?.[nameProperty])}`;
    known.set(referenceKey({ logicalId, attribute: 'Arn' }), arn);
  }
}

/** Has CloudFormation make `own`, learns all values that the template refers to, gives the names. */
async function createStack(
  { name: StackName, template }: SynthesizedStack,
  own: readonly Entry[],
  values: TokenValues,
  known: Values,
): Promise<Map<string, string | undefined>> {
  const ids = new Set(own.map(([logicalId]) => logicalId));
  const outputs = referencesIn(template)
    .filter(({ logicalId }) => ids.has(logicalId))
    .map((reference, index) => ({ name: `Value${index}`, reference }));
  const body = {
    Resources: Object.fromEntries(
      own.map(([logicalId, resource]) => [logicalId, prepare(resource, ids, values)]),
    ),
    Outputs: Object.fromEntries(
      outputs.map(({ name, reference }) => [name, { Value: intrinsicOf(reference) }]),
    ),
  };
  const cloudFormation = new CloudFormationClient({ maxAttempts: 1 });
  const TemplateBody = JSON.stringify(body);
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName }),
  );
  const learned = new Map(
    Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  for (const { name, reference } of outputs) {
    const value = learned.get(name);
    if (value === undefined)
      throw new Error(`${StackName} does not say ${referenceKey(reference)}`);
    known.set(referenceKey(reference), value);
  }
  return new Map(
    // Some have no name, but are there.
    StackResources.map((one) => [one.LogicalResourceId ?? '', one.PhysicalResourceId ?? '']),
  );
}

/** Leaves to CloudFormation only what it makes itself. */
function prepare(
  { Type, Properties = {}, DependsOn = [], ...rest }: Resource,
  ids: ReadonlySet<string>,
  values: TokenValues,
): object {
  const { Tags: _, ...untagged } = Properties;
  const kept = TAGS_IN_ANOTHER_FORM.has(Type) ? untagged : Properties;
  return {
    ...rest,
    Type,
    Properties: replaceOthers(kept, ids, values),
    DependsOn: [DependsOn].flat().filter((logicalId) => ids.has(logicalId)),
  };
}
