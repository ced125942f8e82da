import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow, allowFrom } from '../allow.ts';
import { FUNCTION_RUNTIME, functionCode } from './function-code.ts';

/** Where a function in a VPC runs. */
export interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
}

/** Props of {@link OpsFunction}. */
export interface OpsFunctionProps {
  /** Its folder below `functions/`. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB?: number;
  readonly environment: Record<string, string>;
  /** What its role may do, besides to write its own log. */
  readonly statements: iam.PolicyStatement[];
  /** Why some of them name no single resource. @default - all of them do */
  readonly wildcards?: string;
  /**
   * Gets what was tried three times in vain.
   *
   * @default - nobody: the next call makes up for it, and an alarm counts its silence
   */
  readonly deadLetters?: sqs.IQueue;
  /**
   * A role of another stack, whose policies name it. What it may do stands in this one: all of it in
   * `statements`, for nothing adds to it.
   *
   * @default - one of its own
   */
  readonly role?: iam.Role;
  /** @default - outside of any VPC */
  readonly network?: FunctionNetwork;
  /** So many calls at a time and no more, which no other function can use up. @default - as many as come */
  readonly atOnce?: number;
}

const DEFAULT_MEMORY_MIB = 512;
const RETRIES = 2;

/** A function with a role and a log group of its own. Construct ids are those of its parts. */
export class OpsFunction extends Construct {
  readonly handler: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.ILogGroup;

  constructor(scope: Construct, id: string, props: OpsFunctionProps) {
    super(scope, id);
    const { name, description, timeout, memoryMiB = DEFAULT_MEMORY_MIB, network, atOnce } = props;
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup = logGroup;
    const attach = network === undefined ? [] : [manageInterfaces()];
    const statements = [writeLog(logGroup), ...attach, ...props.statements];
    const { deadLetters, role, wildcards } = props;
    this.role = role ?? this.defineRole(name, statements, wildcards);
    this.handler = new lambda.Function(this, 'Handler', {
      description,
      code: functionCode(name),
      handler: 'index.handler',
      runtime: FUNCTION_RUNTIME,
      architecture: lambda.Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      role: role?.withoutPolicyUpdates() ?? this.role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      retryAttempts: RETRIES,
      ...(atOnce !== undefined && { reservedConcurrentExecutions: atOnce }),
      ...(deadLetters !== undefined && { deadLetterQueue: deadLetters }),
      ...(network !== undefined && {
        vpc: network.vpc,
        vpcSubnets: { subnets: network.subnets },
        securityGroups: [network.securityGroup],
      }),
    });
    if (role === undefined) return;
    // The first call may come at once.
    this.handler.node.addDependency(allowFrom(this, role, statements, wildcards));
  }

  private defineRole(
    name: string,
    statements: readonly iam.PolicyStatement[],
    wildcards: string | undefined,
  ): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Holdfast: the function ${name}`,
    });
    allow(role, statements, wildcards);
    return role;
  }
}

function writeLog(logGroup: logs.ILogGroup): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'WriteItsLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}

/**
 * Lambda makes the interface with the function's own role, and these actions know no resource.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function manageInterfaces(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'AttachToTheVpc',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
