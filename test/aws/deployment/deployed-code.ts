import { type ResolvedResource, type ResolvedStack, resourcesOf } from './stand-ins.ts';

/** A function as it is deployed. */
export interface DeployedFunction {
  /** Its folder below `functions/`, as the description of its role says. */
  readonly name: string;
  readonly arn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Key of its code in the bucket of assets. */
  readonly codeKey: string;
  readonly handler: string;
  readonly runtime: string;
}

interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Handler: string;
  readonly Runtime: string;
  readonly Role: string;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

interface ContainerDefinition {
  readonly Command: readonly string[];
  readonly Environment: readonly { readonly Name: string; readonly Value: string }[];
}

/** The functions of all stacks. */
export function functionsOf(stacks: readonly ResolvedStack[]): readonly DeployedFunction[] {
  const roles = resourcesOf(stacks, 'AWS::IAM::Role');
  return resourcesOf(stacks, 'AWS::Lambda::Function').map(({ arn, properties }) => {
    const { Code, Handler, Runtime, Role, Environment } =
      properties as unknown as FunctionProperties;
    return {
      name: functionName(roles, Role),
      arn,
      environment: Environment.Variables,
      codeKey: Code.S3Key,
      handler: Handler,
      runtime: Runtime,
    };
  });
}

/** What a function is sent, and when. */
export interface DeployedSchedule {
  readonly fn: DeployedFunction;
  readonly expression: string;
  /** JSON. */
  readonly input: string;
}

/** The schedules of all stacks. */
export function schedulesOf(stacks: readonly ResolvedStack[]): readonly DeployedSchedule[] {
  const functions = functionsOf(stacks);
  return resourcesOf(stacks, 'AWS::Scheduler::Schedule').map(({ logicalId, properties }) => {
    const { Arn, Input } = properties['Target'] as { Arn: string; Input: string };
    const fn = functions.find(({ arn }) => arn === Arn);
    if (fn === undefined) throw new Error(`${logicalId} is for ${Arn}, which is no function here`);
    return { fn, expression: String(properties['ScheduleExpression']), input: Input };
  });
}

/** A task, by its role in the image, and what its only container is told. */
export interface DeployedTask {
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** All tasks. */
export function tasksOf(stacks: readonly ResolvedStack[]): readonly DeployedTask[] {
  return resourcesOf(stacks, 'AWS::ECS::TaskDefinition').map(({ logicalId, properties }) => {
    const [container, other] = properties['ContainerDefinitions'] as ContainerDefinition[];
    if (container === undefined || other !== undefined) {
      throw new Error(`${logicalId} has not one container`);
    }
    const told = container.Environment.map(({ Name, Value }) => [Name, Value] as const);
    return { role: container.Command.join(' '), environment: Object.fromEntries(told) };
  });
}

/** What a role is called that policies elsewhere name: by what it does, before the name of its cluster. */
const NAMED_ROLES: Readonly<Record<string, string>> = {
  'tags what is due': 'apply-retention',
  'lengthens locks': 'extend-locks',
};

function functionName(roles: readonly ResolvedResource[], arn: string): string {
  const role = roles.find((one) => one.arn === arn);
  const [, does = ''] = /^Holdfast: (.+)$/.exec(String(role?.properties['Description'])) ?? [];
  const [, deed = ''] = /^(.+) in the archive of /.exec(does) ?? [];
  return NAMED_ROLES[deed] ?? /^the function (.+)$/.exec(does)?.[1] ?? arn;
}
