import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, type IDependable } from 'constructs';
import type { z } from 'zod';
import type { NotifyConfig, Route, Routes } from '../../core/config/notify-config.ts';
import {
  acknowledgementParameter,
  alarmName,
  REPEAT_TICK_MINUTES,
} from '../../core/contract/deployed-names.ts';
import { DeployedEnv, Env } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import type { Notifications, Targets } from '../deployment/notifications.ts';
import type { AlarmTopics } from './alarm-topics.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link Notifier}. */
export interface NotifierProps extends ClusterScope {
  readonly notifications: Notifications;
  readonly topics: AlarmTopics;
  readonly schedules: FunctionSchedules;
  readonly deadLetters: sqs.IQueue;
  /** Says what stands behind a page. @default - a page says what its alarm says, and no more */
  readonly diagnoser?: OpsFunction;
}

/** Makes a readable message of each alarm and sends it where its severity goes, until it is over. */
export class Notifier extends Construct {
  readonly notifier: OpsFunction;
  /** Without these it hears of no alarm. */
  private readonly hearing: readonly IDependable[];

  constructor(scope: Construct, id: string, props: NotifierProps) {
    super(scope, id);
    const { topics, schedules, deadLetters, cluster } = props;
    const secrets = this.importSecrets(props.notifications);
    this.notifier = new OpsFunction(this, 'Notify', {
      name: 'notify',
      description: `Pages about ${cluster.id}, and again until somebody answers`,
      timeout: Duration.minutes(1),
      environment: environmentOf(props, secrets),
      statements: statements(this, props, [...secrets.values()]),
      wildcards: 'alarms and acknowledgements are told by the prefix of their cluster',
      deadLetters,
    });
    const { handler } = this.notifier;
    const subscribed = Object.values(topics.alarms).map((topic) =>
      topic.addSubscription(
        new subscriptions.LambdaSubscription(handler, { deadLetterQueue: deadLetters }),
      ),
    );
    const allowed = handler.node.children.filter((child) => child instanceof lambda.CfnPermission);
    this.hearing = [...subscribed, ...allowed];
    schedules.add('Repeat', {
      description: `Pages again what nobody has acknowledged of ${cluster.id}`,
      expression: `rate(${REPEAT_TICK_MINUTES} minutes)`,
      target: handler,
      input: { repeat: SCHEDULED_TIME },
    });
  }

  /**
   * Has it prove each day that what the topic of pages is told comes to where pages go; the first time at once, so
   * that what asks for a proof should come after the schedule that is returned.
   */
  proveDaily({
    cluster,
    topics,
    schedules,
  }: Pick<NotifierProps, 'cluster' | 'topics' | 'schedules'>): scheduler.Schedule {
    this.notifier.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        sid: 'ProveThatPagesArrive',
        actions: ['sns:Publish'],
        resources: [topics.alarms.page.topicArn],
      }),
    );
    return schedules.add('ProvePaging', {
      description: `Proves that pages about ${cluster.id} arrive`,
      expression: 'rate(1 day)',
      target: this.notifier.handler,
      input: { prove: SCHEDULED_TIME },
      after: this.hearing,
    });
  }

  /** Made by hand, so that what they hold stands in no template. */
  private importSecrets({
    page,
    ticket,
  }: Notifications): ReadonlyMap<string, secretsmanager.ISecret> {
    const names = [page, ticket]
      .flatMap(({ slackSecret, pagerDutySecret }) => [slackSecret, pagerDutySecret])
      .filter((name) => name !== undefined);
    return new Map(
      [...new Set(names)].map((name) => [
        name,
        secretsmanager.Secret.fromSecretNameV2(this, `Secret-${name}`, name),
      ]),
    );
  }
}

type Secrets = ReadonlyMap<string, secretsmanager.ISecret>;

function environmentOf(props: NotifierProps, secrets: Secrets): Record<string, string> {
  const { environment, cluster, topics, notifications, deployment, diagnoser } = props;
  const route = (
    { slackSecret = '', pagerDutySecret = '' }: Targets,
    emailTopic: string,
  ): Route => ({
    emailTopic,
    slackSecret: secrets.get(slackSecret)?.secretName,
    pagerDutySecret: secrets.get(pagerDutySecret)?.secretName,
  });
  const routes: Routes = {
    page: route(notifications.page, topics.messages.page.topicArn),
    ticket: route(notifications.ticket, topics.messages.ticket.topicArn),
  };
  const variables: z.input<typeof NotifyConfig> = {
    [DeployedEnv.ENVIRONMENT]: environment,
    [Env.CLUSTER]: cluster.id,
    [DeployedEnv.PAGE_TOPIC]: topics.alarms.page.topicArn,
    [DeployedEnv.TICKET_TOPIC]: topics.alarms.ticket.topicArn,
    [DeployedEnv.RUNBOOK_URL]: deployment.runbookUrl,
    [DeployedEnv.ROUTES]: JSON.stringify(routes),
    [DeployedEnv.REPEAT_MINUTES]: String(notifications.repeatMinutes),
    ...(diagnoser !== undefined && {
      [DeployedEnv.DIAGNOSE_FUNCTION]: diagnoser.handler.functionArn,
    }),
  };
  return asVariables(variables);
}

function statements(
  scope: Construct,
  { environment, cluster, topics, diagnoser }: NotifierProps,
  secrets: readonly secretsmanager.ISecret[],
): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const alarms = alarmName({ environment, cluster: cluster.id, id: '*' });
  return [
    new iam.PolicyStatement({
      sid: 'SeeWhatIsAndWasWrong',
      actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory'],
      // To whoever may not see all, CloudWatch shows no alarm that is made of others.
      resources: ['*'],
    }),
    new iam.PolicyStatement({
      sid: 'SeeWhatIsAcknowledged',
      actions: ['ssm:GetParameters'],
      resources: [
        stack.formatArn({
          service: 'ssm',
          resource: 'parameter',
          resourceName: acknowledgementParameter(environment, alarms).slice(1),
        }),
      ],
    }),
    new iam.PolicyStatement({
      sid: 'SendMessages',
      actions: ['sns:Publish'],
      resources: Object.values(topics.messages).map(({ topicArn }) => topicArn),
    }),
    new iam.PolicyStatement({
      sid: 'EncryptMessages',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [topics.key.keyArn],
    }),
    ...(diagnoser === undefined
      ? []
      : [
          new iam.PolicyStatement({
            sid: 'AskWhatStandsBehindAPage',
            actions: ['lambda:InvokeFunction'],
            resources: [diagnoser.handler.functionArn],
          }),
        ]),
    ...(secrets.length === 0
      ? []
      : [
          new iam.PolicyStatement({
            sid: 'ReadWhereToSend',
            actions: ['secretsmanager:GetSecretValue'],
            // Six random characters end every secret's ARN.
            resources: secrets.map(({ secretArn }) => `${secretArn}-??????`),
          }),
        ]),
  ];
}
