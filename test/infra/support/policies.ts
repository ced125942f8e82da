import {
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  objectsOf,
  referredBy,
  type Resource,
  textOf,
} from './resources.ts';
import type { Synthesis } from './synthesis.ts';

/** `${holdfast-prod-orders-data:PublishOutputFnGetAttKey961B73FDArn43BC6B29}`, for instance. */
const OUTPUT_OF_STACK =
  /\$\{holdfast-\w+(?:-\w+)?-(\w+):PublishOutput(?:Ref|FnGetAtt)(\w+?)[0-9A-F]{8}\w*\}/g;

/** One statement of a policy. */
export interface Statement {
  /** Path of whose it is: a role's, or that of the resource with the policy. */
  readonly owner: string;
  readonly sid: string;
  readonly effect: string;
  readonly principal: Json | undefined;
  readonly actions: readonly string[];
  /** As text, see {@link textOf}. */
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly condition: JsonObject;
}

/** What every role may do: its inline policies and those attached to it. */
export function roleStatements(synthesis: Synthesis): readonly Statement[] {
  const roles = synthesis.resources('AWS::IAM::Role');
  const attached = synthesis.resources('AWS::IAM::Policy').flatMap((policy) =>
    listOf(policy.properties['Roles']).flatMap((named) => {
      const role = referredBy(roles, policy, named) ?? roleOfOutput(roles, named);
      return statementsOf(role?.path ?? textOf(named), policy.properties['PolicyDocument']);
    }),
  );
  const inline = roles.flatMap(({ path, properties }) =>
    objectsOf(properties['Policies']).flatMap(({ PolicyDocument }) =>
      statementsOf(path, PolicyDocument),
    ),
  );
  return [...attached, ...inline];
}

/** The role of another stack that `value` names by that stack's output. */
function roleOfOutput(roles: readonly Resource[], value: Json): Resource | undefined {
  const [, stackName = '', output = ''] =
    /^\$\{(.+):PublishOutputRef(\w+)\}$/.exec(textOf(value)) ?? [];
  return roles.find(
    ({ stack, id }) => stackName.endsWith(`-${stack.toLowerCase()}`) && output.startsWith(id),
  );
}

/** What a resource's own policy says: a key's, a bucket's, a topic's, a queue's. */
export function resourceStatements(resource: Resource): readonly Statement[] {
  const { KeyPolicy, PolicyDocument } = resource.properties;
  return statementsOf(resource.path, KeyPolicy ?? PolicyDocument);
}

/** The statements of a document. */
export function statementsOf(owner: string, document: Json | undefined): readonly Statement[] {
  return objectsOf(objectOf(document)['Statement']).map((statement) => ({
    owner,
    sid: textOf(statement['Sid']),
    effect: textOf(statement['Effect']),
    principal: statement['Principal'],
    actions: listOf(statement['Action']).map(textOf),
    resources: listOf(statement['Resource']).map(textOf),
    notResources: listOf(statement['NotResource']).map(textOf),
    condition: objectOf(statement['Condition']),
  }));
}

/**
 * A statement in lines of text: what it allows, on what, and under which conditions. Account, region and
 * the hashes in logical ids are left out.
 */
export function linesOf({ actions, resources, condition }: Statement): readonly string[] {
  const conditions = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys)).map(
      ([key, values]) => `${operator} ${key} ${listOf(values).map(textOf).join(' ')}`,
    ),
  );
  return [
    ...actions,
    ...resources.map((resource) => `  on ${shortened(resource)}`),
    ...conditions.map((one) => `  if ${shortened(one)}`),
  ];
}

function shortened(text: string): string {
  return text
    .replaceAll(OUTPUT_OF_STACK, '<$1.$2>')
    .replaceAll(/\$\{(\w+?)[0-9A-F]{8}(?:\.Arn)?\}/g, '<$1>')
    .replaceAll(/[0-9a-f]{64}/g, '<hash>')
    .replaceAll(/arn:aws:(\w+):[a-z0-9-]*:\d*:/g, '$1:')
    .replaceAll(/-?111111111111(-eu-central-1)?/g, '')
    .replaceAll('eu-central-1.', '');
}
