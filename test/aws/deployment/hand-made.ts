import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateVolumeCommand, type CreateVolumeCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  CreateSecretCommand,
  GetRandomPasswordCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { randomUUID } from 'node:crypto';
import { createBucket } from './hand-made-bucket.ts';

/** Properties of a resource, without tokens. */
export type Properties = Readonly<Record<string, unknown>>;

/** What follows from a resource's own name. */
export interface Named {
  /** Its ARN, where others need it before it is there: up to its own name. */
  readonly arnBeforeName?: string;
  /** @default 'Name' */
  readonly nameProperty?: string;
}

/** How a resource is made, as CloudFormation makes it: by calls of its service. */
export interface Maker extends Named {
  /** Gives what a reference to it gives. */
  readonly make: (properties: Properties, logicalId: string) => Promise<string>;
}

const ALARM = { arnBeforeName: 'cloudwatch:{place}:alarm:', nameProperty: 'AlarmName' } as const;

/** What nothing is made of, and others refer to all the same. */
export const NAMED_ONLY: Readonly<Record<string, Named>> = {
  'AWS::CloudWatch::CompositeAlarm': ALARM,
};

/** What CloudFormation of the API server does not make, or makes with half of its properties. */
export const HAND_MADE: Readonly<Record<string, Maker>> = {
  'AWS::CloudWatch::Alarm': {
    make: async (properties) => {
      const input = properties as unknown as PutMetricAlarmCommandInput;
      await new CloudWatchClient().send(new PutMetricAlarmCommand(input));
      return input.AlarmName ?? '';
    },
    ...ALARM,
  },
  'AWS::EC2::Volume': {
    make: async ({ Tags: _, ...properties }) => {
      const input = properties as unknown as CreateVolumeCommandInput;
      const { VolumeId = '' } = await new EC2Client().send(new CreateVolumeCommand(input));
      return VolumeId;
    },
  },
  'AWS::Logs::MetricFilter': {
    make: async ({ LogGroupName, FilterPattern, MetricTransformations }, logicalId) => {
      const [{ MetricName, MetricNamespace, MetricValue } = {}] =
        MetricTransformations as readonly Readonly<Record<string, string>>[];
      await new CloudWatchLogsClient().send(
        new PutMetricFilterCommand({
          logGroupName: String(LogGroupName),
          filterName: logicalId,
          filterPattern: String(FilterPattern),
          metricTransformations: [
            {
              metricName: MetricName,
              metricNamespace: MetricNamespace,
              metricValue: MetricValue,
            },
          ],
        }),
      );
      return logicalId;
    },
  },
  'AWS::S3::Bucket': { make: createBucket },
  'AWS::Scheduler::Schedule': {
    make: async (properties, logicalId) => {
      const input = { Name: logicalId, ...properties } as unknown as CreateScheduleCommandInput;
      await new SchedulerClient().send(new CreateScheduleCommand(input));
      return logicalId;
    },
  },
  'AWS::Scheduler::ScheduleGroup': {
    make: async ({ Name }) => {
      const name = String(Name);
      await new SchedulerClient().send(new CreateScheduleGroupCommand({ Name: name }));
      return name;
    },
    arnBeforeName: 'scheduler:{place}:schedule-group/',
  },
  'AWS::SecretsManager::Secret': { make: createSecret },
  'AWS::SNS::Subscription': {
    make: async ({ TopicArn, Protocol, Endpoint, RedrivePolicy }) => {
      const { SubscriptionArn = '' } = await new SNSClient().send(
        new SubscribeCommand({
          TopicArn: String(TopicArn),
          Protocol: String(Protocol),
          Endpoint: String(Endpoint),
          ReturnSubscriptionArn: true,
          ...(RedrivePolicy !== undefined && {
            Attributes: { RedrivePolicy: JSON.stringify(RedrivePolicy) },
          }),
        }),
      );
      return SubscriptionArn;
    },
  },
};

interface GeneratedSecret {
  readonly SecretStringTemplate: string;
  readonly GenerateStringKey: string;
  readonly PasswordLength: number;
  readonly ExcludePunctuation: boolean;
}

async function createSecret(properties: Properties, logicalId: string): Promise<string> {
  const generated = properties['GenerateSecretString'] as GeneratedSecret | undefined;
  const secrets = new SecretsManagerClient();
  const { ARN = '' } = await secrets.send(
    new CreateSecretCommand({
      Name: `${logicalId}-${randomUUID()}`,
      KmsKeyId: String(properties['KmsKeyId']),
      SecretString: generated && (await generateText(secrets, generated)),
    }),
  );
  return ARN;
}

async function generateText(
  secrets: SecretsManagerClient,
  { SecretStringTemplate, GenerateStringKey, ...asked }: GeneratedSecret,
): Promise<string> {
  const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand(asked));
  return JSON.stringify({
    ...JSON.parse(SecretStringTemplate),
    [GenerateStringKey]: RandomPassword,
  });
}
