import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as eventsTargets from 'aws-cdk-lib/aws-events-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { OpsFunction } from './ops-function.ts';
import type { ScheduledTask } from './scheduled-task.ts';

const EVENT_MAX_AGE = Duration.hours(1);
const EVENT_RETRIES = 2;

/** Has `judge` told of each task that stopped in the ECS cluster of `task`. */
export function judgeStoppedTasks(
  scope: Construct,
  task: ScheduledTask,
  judge: OpsFunction,
  deadLetters: sqs.IQueue,
): void {
  new events.Rule(scope, 'TaskStopped', {
    description: 'A task of this cluster has stopped',
    eventPattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: { clusterArn: [task.ecsCluster.clusterArn], lastStatus: ['STOPPED'] },
    },
    targets: [
      new eventsTargets.LambdaFunction(judge.handler, {
        deadLetterQueue: deadLetters,
        retryAttempts: EVENT_RETRIES,
        maxEventAge: EVENT_MAX_AGE,
      }),
    ],
  });
}
