import { CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { DatabaseRole } from '../../core/contract/deployed-names.ts';
import { acknowledge } from '../acknowledge.ts';
import { bucketName } from '../bucket-name.ts';
import {
  type ClusterScope,
  clusterStackProps,
  copyRoleName,
  deploymentRole,
} from '../cluster-scope.ts';
import { ArchiveCopy } from '../constructs/archive-copy.ts';
import { BackupVault } from '../constructs/backup-vault.ts';
import { ClusterKey } from '../constructs/cluster-key.ts';
import { archiveLock } from '../deployment/retention.ts';
import { keyAlias } from '../key-alias.ts';
import type { CopyStack } from './copy-stack.ts';

/** Props of {@link DataStack}. */
export interface DataStackProps extends ClusterScope {
  /** Where the archive is copied to. @default - nowhere */
  readonly copy?: CopyStack | undefined;
}

const PASSWORD_LENGTH = 40;

/**
 * All of a cluster that must never be lost: its key, archive, volume and secrets. Nothing here changes
 * when anything else does, and all of it outlives its stack.
 */
export class DataStack extends Stack {
  readonly key: ClusterKey;
  readonly vault: BackupVault;
  readonly volume: ec2.Volume;
  /** A secret for each role that logs in over the network. */
  readonly secrets: Readonly<Record<DatabaseRole, secretsmanager.Secret>>;
  /** The keys that sign the server's certificates. Empty until the first host puts one there. */
  readonly authority: secretsmanager.CfnSecret;
  /** With it outside monitors ask how the cluster is. Absent where the file lets none ask. */
  readonly healthToken: secretsmanager.Secret | undefined;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, clusterStackProps(props, 'data', 'key, archive, volume, secrets'));
    const { cluster, availabilityZone } = props;
    const { breakGlassRoleArn, retention, volume } = cluster;
    const { archiveAfterDays } = retention;
    this.key = new ClusterKey(this, 'Key', {
      alias: keyAlias(props),
      breakGlassRoleArn,
      deploymentRoleArn: deploymentRole(props),
      deletionWindow: Duration.days(retention.keyDeletionDays),
    });
    this.vault = new BackupVault(this, 'Vault', {
      cluster: cluster.id,
      bucketName: bucketName(props),
      deploymentRoleArn: deploymentRole(props),
      key: this.key,
      envelope: cluster.envelope,
      undeleteWindow: Duration.days(retention.undeleteDays),
      lock: archiveLock(cluster),
      archiveAfter: archiveAfterDays === undefined ? undefined : Duration.days(archiveAfterDays),
      breakGlassRoleArn,
    });
    this.vault.tellEventBridge();
    if (props.copy !== undefined) {
      new ArchiveCopy(this, 'Copy', {
        cluster: cluster.id,
        roleName: copyRoleName(props),
        from: this,
        to: props.copy,
      });
    }
    this.volume = new ec2.Volume(this, 'Volume', {
      availabilityZone,
      size: Size.gibibytes(volume.sizeGiB),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      iops: volume.iops,
      throughput: volume.throughputMiBps,
      encrypted: true,
      encryptionKey: this.key,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.secrets = {
      [DatabaseRole.BACKUP]: this.defineSecret('BackupRole', DatabaseRole.BACKUP),
      [DatabaseRole.MONITOR]: this.defineSecret('MonitorRole', DatabaseRole.MONITOR),
    };
    this.authority = this.defineAuthority();
    this.healthToken = cluster.health.endpoint ? this.defineHealthToken() : undefined;
  }

  /** To read the secret of one role. Not granted by the secret: its key's policy would name the role. */
  readSecret(role: DatabaseRole): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        sid: 'ReadTheRolesSecret',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.secrets[role].secretArn],
      }),
      this.useKeyForSecrets('kms:Decrypt'),
    ];
  }

  /** To use the key for secrets, through their service only. */
  useKeyForSecrets(...actions: string[]): iam.PolicyStatement {
    return new iam.PolicyStatement({
      sid: 'UseTheKeyThroughSecretsManager',
      actions,
      resources: [this.key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${this.region}.amazonaws.com` },
      },
    });
  }

  /** With no value in the template and none made up: only an empty secret says that no authority was lost. */
  private defineAuthority(): secretsmanager.CfnSecret {
    const secret = new secretsmanager.CfnSecret(this, 'Authority', {
      description: 'Holdfast: keys that sign the certificates of the server',
      kmsKeyId: this.key.keyArn,
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    acknowledge(
      secret,
      'SMG4',
      'the host makes a successor in time, long before it signs: clients must have learnt of it',
    );
    return secret;
  }

  private defineHealthToken(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'HealthToken', {
      description: 'Holdfast: token with which outside monitors ask how the cluster is',
      encryptionKey: this.key,
      generateSecretString: { passwordLength: PASSWORD_LENGTH, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(secret, 'SMG4', 'a person hands it to monitors, so a person changes it');
    new CfnOutput(this, 'HealthTokenSecret', {
      description: 'The secret with the token that outside monitors show',
      value: secret.secretArn,
    });
    return secret;
  }

  private defineSecret(id: string, username: DatabaseRole): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, id, {
      description: `Holdfast: password of the PostgreSQL role ${username}`,
      encryptionKey: this.key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username }),
        generateStringKey: 'password',
        passwordLength: PASSWORD_LENGTH,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(
      secret,
      'SMG4',
      'rotated by the schedule in the backup stack, which has the function',
    );
    return secret;
  }
}
