import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as eventsTargets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { EstateConfig } from '../../core/config/estate-config.ts';
import { guardRule } from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { clusterPrefix } from '../../core/contract/key-layout.ts';
import { bucketName } from '../bucket-name.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import { asVariables } from './as-variables.ts';
import { taggedOrDeleted } from './guard-patterns.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link TagWatcher}. */
export interface TagWatcherProps extends ClusterScope {
  readonly data: DataStack;
  readonly deadLetters: sqs.IQueue;
}

/** Number of the rule, among those that the guard watches. */
export const TAG_RULE = 8;
const TIMEOUT = Duration.minutes(2);
/** AWS asks for six times the function's own. */
const INVISIBLE = Duration.minutes(12);
const TRIES = 3;
/** Retention tags thousands at once: a batch of them costs as many reads as a single one. */
const BATCH = 500;
const GATHERED = Duration.minutes(1);
/** The fewest that AWS takes: a day's tags are no hurry, and other functions need the account's room. */
const AT_ONCE = 2;

/** Compares what is tagged in an archive with what retention let go; cannot tag itself. */
export class TagWatcher extends Construct {
  readonly judge: OpsFunction;
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: TagWatcherProps) {
    super(scope, id);
    const { data, cluster, deadLetters } = props;
    this.queue = new sqs.Queue(this, 'Events', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: INVISIBLE,
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: TRIES },
    });
    this.judge = new OpsFunction(this, 'JudgeTags', {
      name: 'judge-tags',
      description: `Compares tags in the archive of ${cluster.id} with what retention let go`,
      timeout: TIMEOUT,
      environment: environmentOf(props),
      statements: [...data.vault.access('tags'), readTags(data, cluster.id), receive(this.queue)],
      wildcards: 'objects are told by the prefix of their cluster',
    });
    new lambda.EventSourceMapping(this, 'Batches', {
      target: this.judge.handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH,
      maxBatchingWindow: GATHERED,
      maxConcurrency: AT_ONCE,
      reportBatchItemFailures: true,
    }).node.addDependency(this.judge.role);
    new events.Rule(this, 'Tagged', {
      ruleName: guardRule(props.environment, cluster.id, TAG_RULE),
      description: `Somebody tags or deletes in the archive of ${cluster.id}`,
      eventPattern: taggedOrDeleted(bucketName(props)),
      targets: [new eventsTargets.SqsQueue(this.queue, { deadLetterQueue: deadLetters })],
    });
  }
}

function environmentOf({ environment, cluster, data }: TagWatcherProps): Record<string, string> {
  const variables: z.input<typeof EstateConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
  };
  return asVariables(variables);
}

function readTags({ vault }: DataStack, cluster: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ReadTags',
    actions: ['s3:GetObjectTagging'],
    resources: [`${vault.bucketArn}/${clusterPrefix(cluster)}*`],
  });
}

function receive(queue: sqs.IQueue): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'TakeEvents',
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  });
}
