import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IDependable } from 'constructs';

/** When a function is invoked, and with what. */
export interface FunctionSchedule {
  readonly description: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  /** @default 'UTC' */
  readonly timeZone?: string;
  readonly target: lambda.IFunction;
  /** The scheduled time goes where {@link SCHEDULED_TIME} stands. */
  readonly input: Readonly<Record<string, string>>;
  /** What has to be there before the first invocation. @default - its rights alone */
  readonly after?: readonly IDependable[];
}

/** Props of {@link FunctionSchedules}. */
export interface FunctionSchedulesProps {
  readonly groupName: string;
  readonly deadLetters: sqs.IQueue;
}

/** Stands for the scheduled time in an input: the same at every repetition of one occurrence. */
export const SCHEDULED_TIME = scheduler.ContextAttribute.scheduledTime;

/** A repetition later than this would meet the next occurrence. */
const MAX_AGE = Duration.minutes(15);
const RETRIES = 2;

/**
 * The schedules of one stack: a group, the role that invokes, and a dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
export class FunctionSchedules extends Construct {
  readonly group: scheduler.ScheduleGroup;
  private readonly deadLetters: sqs.IQueue;
  private readonly role: iam.Role;

  constructor(scope: Construct, id: string, { groupName, deadLetters }: FunctionSchedulesProps) {
    super(scope, id);
    this.deadLetters = deadLetters;
    this.group = new scheduler.ScheduleGroup(this, 'Group', {
      scheduleGroupName: groupName,
      // One that stays behind keeps its name, and the next deployment fails.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: `Holdfast: invokes the functions of ${groupName}`,
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { ArnEquals: { 'aws:SourceArn': this.group.scheduleGroupArn } },
      }),
    });
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
      }),
    );
  }

  /** Adds one schedule. */
  add(id: string, schedule: FunctionSchedule): scheduler.Schedule {
    const { description, expression, timeZone = 'UTC', target, input, after = [] } = schedule;
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [target.functionArn],
      }),
    );
    const made = new scheduler.Schedule(this, id, {
      description,
      scheduleGroup: this.group,
      schedule: scheduler.ScheduleExpression.expression(expression, TimeZone.of(timeZone)),
      target: new targets.LambdaInvoke(target, {
        // It would add every version of the function.
        role: this.role.withoutPolicyUpdates(),
        input: scheduler.ScheduleTargetInput.fromObject(input),
        deadLetterQueue: this.deadLetters,
        retryAttempts: RETRIES,
        maxEventAge: MAX_AGE,
      }),
    });
    // A rate begins at once: without its rights, the first invocation is lost, and its dead letter too.
    made.node.addDependency(this.role, ...after);
    return made;
  }
}
