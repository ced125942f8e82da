import * as iam from 'aws-cdk-lib/aws-iam';
import { CLUSTER_TAG } from '../../core/contract/deployed-names.ts';

/** What a host's rights are about. */
export interface HostAccessProps {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly volumeArn: string;
  readonly keyArn: string;
  /** Value of the tag that the instance and its volume's attachment share. */
  readonly clusterTag: string;
  readonly readParameterArns: string[];
  readonly writeParameterArns: string[];
  readonly secretArns: string[];
  /** Of the secret that the host both reads and writes. */
  readonly authorityArn: string;
  readonly logGroupArn: string;
  readonly stackArn: string;
}

/**
 * What an instance may do besides shipping WAL. Of Session Manager's managed policy only what it
 * needs: the policy itself can read every parameter of the account.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
export function hostAccess(props: HostAccessProps): iam.PolicyStatement[] {
  const { partition, region, account } = props;
  const instances = `arn:${partition}:ec2:${region}:${account}:instance/*`;
  return [
    allow(
      'OpenSessions',
      ['*'],
      [
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
    ),
    allow('SeeTheVolume', ['*'], ['ec2:DescribeVolumes']),
    allow('AttachTheVolume', [props.volumeArn], ['ec2:AttachVolume', 'ec2:DetachVolume']),
    new iam.PolicyStatement({
      sid: 'AttachItToItself',
      actions: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      resources: [instances],
      conditions: { StringEquals: { [`ec2:ResourceTag/${CLUSTER_TAG}`]: props.clusterTag } },
    }),
    new iam.PolicyStatement({
      sid: 'UseTheKeyThroughEc2',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
      resources: [props.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } },
    }),
    new iam.PolicyStatement({
      sid: 'LendTheKeyToTheVolume',
      actions: ['kms:CreateGrant'],
      resources: [props.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      },
    }),
    allow('ReadItsParameters', props.readParameterArns, ['ssm:GetParameter']),
    allow('PublishItsCertificates', props.writeParameterArns, ['ssm:PutParameter']),
    allow(
      'ReadItsSecrets',
      [...props.secretArns, props.authorityArn],
      ['secretsmanager:GetSecretValue'],
    ),
    allow('KeepItsAuthority', [props.authorityArn], ['secretsmanager:PutSecretValue']),
    new iam.PolicyStatement({
      sid: 'UseTheKeyThroughSecretsManager',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [props.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    }),
    allow('WriteItsLog', [props.logGroupArn], ['logs:CreateLogStream', 'logs:PutLogEvents']),
    allow('SayThatItHasStarted', [props.stackArn], ['cloudformation:SignalResource']),
  ];
}

function allow(sid: string, resources: string[], actions: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources });
}
