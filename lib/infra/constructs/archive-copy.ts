import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allow } from '../allow.ts';
import { SynthError } from '../synth-error.ts';
import type { BackupVault } from './backup-vault.ts';

/** One end of a copy. */
export interface CopyEnd {
  readonly vault: BackupVault;
  readonly key: kms.IKey;
}

/** Props of {@link ArchiveCopy}. */
export interface ArchiveCopyProps {
  readonly cluster: string;
  /** The policy of the copy's bucket names it. */
  readonly roleName: string;
  readonly from: CopyEnd;
  /** In another region. */
  readonly to: CopyEnd;
}

/** Metrics of the copying have it as a dimension. */
export const COPY_RULE = 'CopyTheArchive';
/** S3 promises 99.9 percent of objects within it, and takes no other. */
const MINUTES = 15;

/**
 * Has S3 copy every new object of an archive to another region, under the copy's own key. What happens to an
 * object later does not follow: it has no right to copy tags or delete markers.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
 */
export class ArchiveCopy extends Construct {
  constructor(scope: Construct, id: string, { cluster, roleName, from, to }: ArchiveCopyProps) {
    super(scope, id);
    const role = new iam.Role(this, 'Role', {
      roleName,
      description: `Holdfast: copies the archive of ${cluster} to another region`,
      // No more can be asked of who assumes it: nobody has written which keys S3 sends along.
      assumedBy: new iam.ServicePrincipal('s3.amazonaws.com'),
    });
    allow(role, statements(from, to), 'it copies all objects of this one bucket');
    const bucket = from.vault.bucket.node.defaultChild;
    if (!(bucket instanceof s3.CfnBucket)) {
      throw new SynthError(
        this,
        'COPY-BUCKET',
        'the archive has no bucket of its own',
        'copy one that has',
      );
    }
    bucket.replicationConfiguration = { role: role.roleArn, rules: [ruleTo(to)] };
    // S3 tries the role when it is given the rule.
    bucket.node.addDependency(role);
  }
}

/** With metrics, and with the promise that their alarm counts upon. */
function ruleTo({ vault, key }: CopyEnd): s3.CfnBucket.ReplicationRuleProperty {
  const time = { minutes: MINUTES };
  return {
    id: COPY_RULE,
    status: 'Enabled',
    priority: 1,
    filter: { prefix: '' },
    deleteMarkerReplication: { status: 'Disabled' },
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
    destination: {
      bucket: vault.bucketArn,
      encryptionConfiguration: { replicaKmsKeyId: key.keyArn },
      metrics: { status: 'Enabled', eventThreshold: time },
      replicationTime: { status: 'Enabled', time },
    },
  };
}

/**
 * The lock of an object goes with it, so it has to be read. With a bucket key, the context of encryption is
 * the bucket, and the key that is there already is proven by a decryption.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html#bucket-key-replication
 */
function statements(from: CopyEnd, to: CopyEnd): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'SeeWhatToCopy',
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [from.vault.bucketArn],
    }),
    new iam.PolicyStatement({
      sid: 'ReadEachVersion',
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: [`${from.vault.bucketArn}/*`],
    }),
    new iam.PolicyStatement({
      sid: 'PutItIntoTheCopy',
      actions: ['s3:ReplicateObject'],
      resources: [`${to.vault.bucketArn}/*`],
    }),
    useKey('OpenTheArchive', from, ['kms:Decrypt']),
    useKey('SealTheCopy', to, ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:Decrypt']),
  ];
}

function useKey(sid: string, { vault, key }: CopyEnd, actions: string[]): iam.PolicyStatement {
  const { region } = Stack.of(vault);
  return new iam.PolicyStatement({
    sid,
    actions,
    resources: [key.keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
      StringLike: {
        'kms:EncryptionContext:aws:s3:arn': [vault.bucketArn, `${vault.bucketArn}/*`],
      },
    },
  });
}

/** The ARN of the role of that name, wherever it is named before it is there. */
export function roleArn(stack: Stack, roleName: string): string {
  return stack.formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: roleName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
