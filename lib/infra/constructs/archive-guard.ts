import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as eventsTargets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { JudgeChangeConfig } from '../../core/config/judge-change-config.ts';
import type { ProveGuardConfig } from '../../core/config/prove-guard-config.ts';
import { GUARD_PROOF_TAG, guardRule } from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import { bucketName } from '../bucket-name.ts';
import { type ClusterScope, deploymentRole } from '../cluster-scope.ts';
import { keyAlias } from '../key-alias.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { AlarmTopics } from './alarm-topics.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import {
  bucketChanges,
  functionChanges,
  keyChanges,
  ruleChanges,
  trailChanges,
  volumeChanges,
} from './guard-patterns.ts';
import { OpsFunction } from './ops-function.ts';
import { TAG_RULE } from './tag-watcher.ts';

/** Props of {@link ArchiveGuard}. */
export interface ArchiveGuardProps extends ClusterScope {
  readonly data: DataStack;
  /** The trail that tells of changes. */
  readonly trailArn: string;
  readonly topics: AlarmTopics;
  readonly schedules: FunctionSchedules;
  readonly deadLetters: sqs.IQueue;
}

/** The record of a backup of some TiB names every frame: decoding it takes 650 MB. */
const RECORD_MEMORY_MIB = 1_024;
const EVENT_RETRIES = 2;
const EVENT_MAX_AGE = Duration.hours(2);
/** An alarm counts a day of silence: three proofs may be lost. */
const PROVEN_EVERY = 'rate(6 hours)';

/**
 * Hears of whoever changes what keeps an archive, and tells people who it was and what is at stake. It
 * proves itself by a harmless change of its own.
 */
export class ArchiveGuard extends Construct {
  readonly judge: OpsFunction;
  readonly prover: OpsFunction;

  constructor(scope: Construct, id: string, props: ArchiveGuardProps) {
    super(scope, id);
    const { data, cluster, topics, schedules, deadLetters } = props;
    this.prover = new OpsFunction(this, 'ProveGuard', {
      name: 'prove-guard',
      description: `Makes a harmless change of which the guard of ${cluster.id} must hear`,
      timeout: Duration.seconds(30),
      environment: proverEnvironment(props),
      statements: [markKey(data)],
    });
    this.judge = new OpsFunction(this, 'JudgeChange', {
      name: 'judge-change',
      description: `Judges changes of what keeps the archive of ${cluster.id}`,
      timeout: Duration.minutes(2),
      memoryMiB: RECORD_MEMORY_MIB,
      environment: judgeEnvironment(props, this.prover),
      statements: [...data.vault.access('windows'), ...publish(topics)],
      wildcards: 'objects are told by the prefix of their cluster',
      deadLetters,
    });
    this.hearOfChanges(props);
    schedules.add('ProveGuard', {
      description: `Proves that somebody hears of changes to ${cluster.id}`,
      expression: PROVEN_EVERY,
      target: this.prover.handler,
      input: { scheduledTime: SCHEDULED_TIME },
    });
  }

  /** A rule that was removed tells nobody: the last two tell of each other. */
  private hearOfChanges(props: ArchiveGuardProps): void {
    const { environment, cluster, data, trailArn, deadLetters } = props;
    const { functionName, functionArn } = this.judge.handler;
    const { keyArn: arn, keyId } = data.key;
    const nameOf = (number: number): string => guardRule(environment, cluster.id, number);
    const heard: readonly (readonly [id: string, of: string, pattern: events.EventPattern])[] = [
      ['Key', 'the key', keyChanges({ arn, id: keyId, alias: keyAlias(props) })],
      ['Bucket', 'the archive', bucketChanges(bucketName(props))],
      ['Volume', 'the volume', volumeChanges(data.volume.volumeId)],
      ['Trail', 'the trail that tells of changes', trailChanges(trailArn)],
      ['Judge', 'who judges changes', functionChanges([functionName, functionArn])],
      ['Rules', 'who hears of changes', ruleChanges([1, 2, 3, 4, 5, 7, TAG_RULE].map(nameOf))],
      ['LastRule', 'who hears of that', ruleChanges([nameOf(6)])],
    ];
    for (const [index, [id, of, eventPattern]] of heard.entries()) {
      new events.Rule(this, id, {
        ruleName: nameOf(index + 1),
        description: `Somebody changes what keeps ${cluster.id}: ${of}`,
        eventPattern,
        targets: [
          new eventsTargets.LambdaFunction(this.judge.handler, {
            deadLetterQueue: deadLetters,
            retryAttempts: EVENT_RETRIES,
            maxEventAge: EVENT_MAX_AGE,
          }),
        ],
      });
    }
  }
}

function proverEnvironment(props: ArchiveGuardProps): Record<string, string> {
  const { environment, cluster, data } = props;
  const variables: z.input<typeof ProveGuardConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    [Env.KMS_KEY]: data.key.keyArn,
  };
  return asVariables(variables);
}

function judgeEnvironment(props: ArchiveGuardProps, prover: OpsFunction): Record<string, string> {
  const { environment, cluster, deployment, data, topics } = props;
  const variables: z.input<typeof JudgeChangeConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    ...data.vault.variables(),
    [DeployedEnv.PAGE_TOPIC]: topics.alarms.page.topicArn,
    [DeployedEnv.TICKET_TOPIC]: topics.alarms.ticket.topicArn,
    [DeployedEnv.RUNBOOK_URL]: deployment.runbookUrl,
    [DeployedEnv.DEPLOYMENT_ROLE]: deploymentRole(props),
    [DeployedEnv.PROOF_ROLE]: prover.role.roleArn,
  };
  return asVariables(variables);
}

/** One tag, which nothing else reads. */
function markKey({ key }: DataStack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'MarkTheKey',
    actions: ['kms:TagResource'],
    resources: [key.keyArn],
    conditions: {
      'ForAllValues:StringEquals': { 'aws:TagKeys': [GUARD_PROOF_TAG] },
      Null: { 'aws:TagKeys': 'false' },
    },
  });
}

function publish({ alarms, key }: AlarmTopics): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'TellPeople',
      actions: ['sns:Publish'],
      resources: Object.values(alarms).map(({ topicArn }) => topicArn),
    }),
    new iam.PolicyStatement({
      sid: 'EncryptWhatItTells',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
    }),
  ];
}
