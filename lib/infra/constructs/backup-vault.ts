import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Env } from '../../core/contract/environment.ts';
import { clusterPrefix, ExpiryTag } from '../../core/contract/key-layout.ts';
import { acknowledge } from '../acknowledge.ts';
import { SynthError } from '../synth-error.ts';
import type { ArchiveLock } from '../deployment/retention.ts';
import { vaultAccess, type VaultUse } from './vault-access.ts';
import { vaultPolicy } from './vault-policy.ts';
import { vaultSettings } from './vault-settings.ts';

/** Where a store is, and what encrypts in it. */
export interface StoreVariables {
  readonly [Env.STORE]: string;
  readonly [Env.KMS_KEY]: string;
  readonly [Env.ENVELOPE_KEY]?: string;
}

/** Props of {@link BackupVault}. */
export interface BackupVaultProps {
  readonly cluster: string;
  /**
   * The archive's own name. A second archive of the same name cannot come into being: a template that
   * has lost track of the bucket fails instead of beginning with an empty one.
   */
  readonly bucketName: string;
  readonly key: kms.IKey;
  /**
   * Whether objects are sealed under data keys of the key before they are stored.
   *
   * @default false
   */
  readonly envelope?: boolean | undefined;
  /** How long an object that expired can be brought back; at least one day. */
  readonly undeleteWindow: Duration;
  /** What comes in is locked from then on. */
  readonly lock: ArchiveLock;
  /**
   * The age at which objects move to Glacier Instant Retrieval.
   *
   * @default - they stay where they are
   */
  readonly archiveAfter?: Duration | undefined;
  /** The role by which deployments change what is deployed. */
  readonly deploymentRoleArn: string;
  /**
   * The role with which S3 copies objects into here.
   *
   * @default - nothing is copied into here
   */
  readonly replicationRoleArn?: string | undefined;
  /**
   * The only role that may delete.
   *
   * @default - none
   */
  readonly breakGlassRoleArn?: string | undefined;
}

const ABORT_UPLOADS = Duration.days(7);
const MIN_TLS = 1.2;
/** A smaller object costs more to move than it saves. */
const COLD_BYTES = 131_072;

/**
 * The bucket of one cluster's archive: nothing in it is overwritten, and nobody deletes. What is due is
 * tagged by one role; a lifecycle rule then hides it, and removes it after the undelete window.
 */
export class BackupVault extends Construct {
  readonly bucket: s3.Bucket;
  /** Assumed by the function that applies retention; the only one that may tag. */
  readonly taggerRole: iam.Role;
  /** Assumed by the function that lengthens locks; the only one that may. */
  readonly lockRole: iam.Role;
  /** The store, as every part of Holdfast is told. */
  readonly storeUrl: string;
  /** Made of its name, so that the role and the policy that name each other need not wait for it. */
  readonly bucketArn: string;
  private readonly cluster: string;
  private readonly keyArn: string;
  private readonly envelope: boolean;
  private readonly settingsJson: string;

  constructor(scope: Construct, id: string, props: BackupVaultProps) {
    super(scope, id);
    const { cluster, bucketName, key, deploymentRoleArn, lock } = props;
    this.cluster = cluster;
    this.keyArn = key.keyArn;
    this.envelope = props.envelope ?? false;
    this.bucketArn = `arn:${Stack.of(this).partition}:s3:::${bucketName}`;
    const rules = lifecycle(props);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      bucketName,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      // Can only be had from the beginning.
      objectLockEnabled: true,
      objectLockDefaultRetention: defaultRetention(lock),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: MIN_TLS,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: rules,
    });
    this.taggerRole = new iam.Role(this, 'TaggerRole', {
      description: `Holdfast: tags what is due in the archive of ${cluster}`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    this.lockRole = new iam.Role(this, 'LockRole', {
      description: `Holdfast: lengthens locks in the archive of ${cluster}`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    this.storeUrl = `s3://${bucketName}`;
    const statements = vaultPolicy({
      bucketArn: this.bucketArn,
      keyArn: key.keyArn,
      taggerRoleArn: this.taggerRole.roleArn,
      lockRoleArn: this.lockRole.roleArn,
      lock,
      deploymentRoleArn,
      replicationRoleArn: props.replicationRoleArn,
      breakGlassRoleArn: props.breakGlassRoleArn,
    });
    for (const statement of statements) this.bucket.addToResourcePolicy(statement);
    const denials = statements.flatMap(({ sid }) => (sid === undefined ? [] : [sid]));
    const set = vaultSettings({ keyArn: key.keyArn, lock, lifecycle: rules, denials });
    this.settingsJson = Stack.of(this).toJsonString(set);
    // What stays must stay guarded.
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    acknowledge(
      this.bucket,
      'S1',
      'who reads or writes which object is in CloudTrail’s data events, which can be searched; access logs would be a second bucket to keep',
    );
  }

  /**
   * Has S3 tell EventBridge what is done to objects. By the bucket's own property: what CDK makes of the same
   * wish is a function that may change the notifications of every bucket.
   */
  tellEventBridge(): void {
    const { defaultChild } = this.bucket.node;
    if (!(defaultChild instanceof s3.CfnBucket)) {
      throw new SynthError(
        this,
        'VAULT-EVENTS',
        'its bucket is none of CloudFormation’s',
        'make one',
      );
    }
    defaultChild.notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }

  /** What a function or task is told of the store. */
  variables(): StoreVariables {
    const { keyArn, storeUrl, envelope } = this;
    const keys = { [Env.KMS_KEY]: keyArn, ...(envelope && { [Env.ENVELOPE_KEY]: keyArn }) };
    return { [Env.STORE]: storeUrl, ...keys };
  }

  /** JSON of how its bucket is made: what differs from it was changed by hand. */
  settings(): string {
    return this.settingsJson;
  }

  /** The statements that a role needs for `use`. */
  access(use: VaultUse): iam.PolicyStatement[] {
    const { region } = Stack.of(this);
    const { bucketArn, keyArn, cluster, envelope } = this;
    return vaultAccess({ bucketArn, keyArn, cluster, region, envelope }, use);
  }
}

function defaultRetention({ mode, days }: ArchiveLock): s3.ObjectLockRetention {
  const duration = Duration.days(days);
  return mode === 'compliance'
    ? s3.ObjectLockRetention.compliance(duration)
    : s3.ObjectLockRetention.governance(duration);
}

/**
 * Only what is tagged expires. Days count from an object's creation, so an old one that is tagged gets
 * its delete marker at the next run: the way back is the non-current period. A lock that lasts longer
 * delays the removal, never the marker. A marker goes once nothing lies beneath it: it has no tag to go by, and
 * names that were used up are kept from use by floors.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle
 */
function lifecycle({
  cluster,
  undeleteWindow,
  archiveAfter,
}: BackupVaultProps): s3.LifecycleRule[] {
  return [
    { id: 'AbortUploads', abortIncompleteMultipartUploadAfter: ABORT_UPLOADS },
    {
      id: 'ExpireWhatIsDue',
      tagFilters: { [ExpiryTag.KEY]: ExpiryTag.DUE },
      expiration: Duration.days(1),
    },
    {
      id: 'RemoveHiddenVersions',
      noncurrentVersionExpiration: undeleteWindow,
      expiredObjectDeleteMarker: true,
    },
    ...(archiveAfter === undefined ? [] : [moveWhatIsOld(cluster, archiveAfter)]),
  ];
}

/** Into the one cheaper class that gives an object back at once. */
function moveWhatIsOld(cluster: string, transitionAfter: Duration): s3.LifecycleRule {
  const storageClass = s3.StorageClass.GLACIER_INSTANT_RETRIEVAL;
  return {
    id: 'MoveWhatIsOld',
    prefix: clusterPrefix(cluster),
    objectSizeGreaterThan: COLD_BYTES,
    transitions: [{ storageClass, transitionAfter }],
  };
}
