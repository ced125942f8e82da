import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
} from '@aws-sdk/client-ecs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BaseBackupConfig } from '../../../lib/core/config/base-backup-config.ts';
import { HostConfig } from '../../../lib/core/config/host-config.ts';
import { loadConfig } from '../../../lib/core/config/load-config.ts';
import { clusterParameters } from '../../../lib/core/contract/deployed-names.ts';
import { describeDeployed } from './describe-deployed.ts';
import { FUNCTION_CONFIGS } from './function-configs.ts';
import { LOCKER, TAGGER } from './vault-fixture.ts';

/** Functions whose roles lie with the archive, which names them in its policy. */
const OF_ARCHIVE: Readonly<Record<string, string>> = {
  [TAGGER]: 'apply-retention',
  [LOCKER]: 'extend-locks',
};

interface FunctionConfiguration {
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

/** The folder of the function whose role is so described. */
function folderOf(description: string): string {
  const role = description.replace(/^Holdfast: (the function )?/, '');
  return OF_ARCHIVE[role] ?? role;
}

/** Of a function as the server has it; the project has no client for this service. */
async function variablesOf(name: string): Promise<Readonly<Record<string, string>>> {
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  const scope = 'testing/20261201/eu-central-1/lambda/aws4_request';
  const answer = await fetch(`${endpoint}/2015-03-31/functions/${name}/configuration`, {
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}` },
  });
  const { Environment } = (await answer.json()) as FunctionConfiguration;
  return Environment.Variables;
}

describeDeployed('what works and watches, as it is deployed', (deployed) => {
  test('has published the bundle that the host is to run, by its hash', async () => {
    const { environment, parameter } = deployed();
    const reference = await parameter(clusterParameters(environment, 'orders').hostBundle);
    const { bucket, key, sha256 } =
      /^s3:\/\/(?<bucket>[^/]+)\/(?<key>\S+) (?<sha256>[0-9a-f]{64})$/.exec(reference)?.groups ??
      {};
    const { Body } = await new S3Client({ forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  test('tells the host about what was deployed', async () => {
    const { environment, nameOf, parameter } = deployed();
    const config = await parameter(clusterParameters(environment, 'orders').hostConfig);
    expect(HostConfig.parse(JSON.parse(config))).toMatchObject({
      environment,
      cluster: 'orders',
      store: `s3://${nameOf('AWS::S3::Bucket', 'VaultBucket')}`,
      volumeId: nameOf('AWS::EC2::Volume'),
      roleSecrets: {
        holdfast_backup: nameOf('AWS::SecretsManager::Secret', 'BackupRole'),
        holdfast_monitor: nameOf('AWS::SecretsManager::Secret', 'MonitorRole'),
      },
      authoritySecret: nameOf('AWS::SecretsManager::Secret', 'Authority'),
      logGroup: nameOf('AWS::Logs::LogGroup', 'Log'),
    });
  });

  test('launches one host at a time, which asks for a token before it gives credentials', async () => {
    const { cluster, nameOf } = deployed();
    const { AutoScalingGroups } = await new AutoScalingClient().send(
      new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: [nameOf('AWS::AutoScaling::AutoScalingGroup')],
      }),
    );
    const LaunchTemplateId = nameOf('AWS::EC2::LaunchTemplate');
    expect(AutoScalingGroups).toMatchObject([
      { MinSize: 1, MaxSize: 1, LaunchTemplate: { LaunchTemplateId } },
    ]);
    const { LaunchTemplateVersions } = await new EC2Client().send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }),
    );
    expect(LaunchTemplateVersions).toMatchObject([
      {
        LaunchTemplateData: {
          InstanceType: cluster.instance.type,
          MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        },
      },
    ]);
  });

  test('has a task of base backups that can read what it is told', async () => {
    const { environment, cluster, nameOf } = deployed();
    const ecs = new ECSClient();
    const clusters = [nameOf('AWS::ECS::Cluster', 'BaseBackupCluster')];
    expect(await ecs.send(new DescribeClustersCommand({ clusters }))).toMatchObject({
      clusters: [{ clusterName: `holdfast-${environment}-orders`, status: 'ACTIVE' }],
    });
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({
        taskDefinition: nameOf('AWS::ECS::TaskDefinition', 'BaseBackupDefinition'),
      }),
    );
    const [container, ...others] = taskDefinition?.containerDefinitions ?? [];
    expect(others).toStrictEqual([]);
    expect(container).toMatchObject({ name: 'task', command: ['base-backup'] });
    const told = (container?.environment ?? []).map(({ name = '', value }) => [name, value]);
    expect(loadConfig(BaseBackupConfig, Object.fromEntries(told))).toMatchObject({
      storeUrl: `s3://${nameOf('AWS::S3::Bucket', 'VaultBucket')}`,
      roleSecret: nameOf('AWS::SecretsManager::Secret', 'BackupRole'),
      checkpoint: cluster.backup.checkpoint,
      timeoutSec: cluster.backup.timeoutHours * 3_600,
    });
  });

  test('has functions that can read what they are told', async () => {
    const { environment, all, nameOf } = deployed();
    const roles = all('AWS::IAM::Role');
    const configs = new Map<string, unknown>();
    for (const { name = '', properties } of all('AWS::Lambda::Function')) {
      const role = roles.find((one) => String(properties['Role']).endsWith(`/${one.name}`));
      const folder = folderOf(String(role?.properties['Description']));
      const schema = FUNCTION_CONFIGS[folder];
      if (schema === undefined) throw new Error(`${name} is a function that is not known here`);
      configs.set(folder, loadConfig(schema, await variablesOf(name)));
    }
    // The endpoint is there for whoever asks for it only.
    const folders = Object.keys(FUNCTION_CONFIGS).filter((folder) => folder !== 'answer-health');
    const expected = folders.map((folder) => [
      folder,
      expect.objectContaining({ environment, cluster: 'orders' }),
    ]);
    expect(Object.fromEntries(configs)).toStrictEqual(Object.fromEntries(expected));
    expect(configs.get('start-base-backup')).toMatchObject({
      storeUrl: `s3://${nameOf('AWS::S3::Bucket', 'VaultBucket')}`,
      taskDefinition: nameOf('AWS::ECS::TaskDefinition', 'BaseBackupDefinition'),
      ecsCluster: expect.stringMatching(
        `:cluster/${nameOf('AWS::ECS::Cluster', 'BaseBackupCluster')}$`,
      ),
    });
  });

  test('pages people themselves and through the notifier', async () => {
    const { deployment, nameOf } = deployed();
    const sns = new SNSClient();
    const endpoints = async (id: string): Promise<ReadonlySet<string>> => {
      const TopicArn = nameOf('AWS::SNS::Topic', id);
      const { Subscriptions = [] } = await sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn }),
      );
      return new Set(
        Subscriptions.map(({ Protocol, Endpoint = '' }) =>
          Protocol === 'lambda' ? Protocol : Endpoint,
        ),
      );
    };
    const emails = deployment.notifications.page.emails;
    expect(await endpoints('TopicsPage')).toStrictEqual(new Set([...emails, 'lambda']));
    expect(await endpoints('TopicsPageMessages')).toStrictEqual(new Set(emails));
  });

  test('has alarms that all reach a topic, but for those of groups', async () => {
    const { environment, all } = deployed();
    const { MetricAlarms = [] } = await new CloudWatchClient().send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `holdfast-${environment}-` }),
    );
    const topics = new Set(all('AWS::SNS::Topic').map(({ name }) => name));
    expect(MetricAlarms).toHaveLength(all('AWS::CloudWatch::Alarm').length);
    for (const { AlarmName, AlarmDescription = '', ...told } of MetricAlarms) {
      const { AlarmActions = [], OKActions = [] } = told;
      const actions = [...AlarmActions, ...OKActions];
      // The API server knows no alarms made of others, which tell of these.
      const isOfGroup =
        /\ntier [BC],/.test(AlarmDescription) || /Checks(Blind|Failed)[B-D]$/.test(AlarmName ?? '');
      expect({
        AlarmName,
        tells: actions.length,
        isTold: actions.every((one) => topics.has(one)),
      }).toStrictEqual({ AlarmName, tells: isOfGroup ? 0 : 2, isTold: true });
    }
  });

  test('starts its functions by schedule, and keeps what could not be delivered', async () => {
    const { all } = deployed();
    const schedules = all('AWS::Scheduler::Schedule');
    expect(schedules.length).toBeGreaterThanOrEqual(4);
    for (const { name: Name, properties } of schedules) {
      const GroupName = String(properties['GroupName']);
      const { Target, State, ScheduleExpressionTimezone } = await new SchedulerClient().send(
        new GetScheduleCommand({ Name, GroupName }),
      );
      expect(State).toBe('ENABLED');
      expect(ScheduleExpressionTimezone).toBeTruthy();
      expect(Target).toMatchObject({
        Arn: expect.stringMatching(/^arn:aws:lambda:/),
        RoleArn: expect.stringMatching(/^arn:aws:iam:/),
        DeadLetterConfig: { Arn: expect.stringMatching(/^arn:aws:sqs:/) },
        RetryPolicy: { MaximumRetryAttempts: 2 },
      });
    }
  });
});
