import * as iam from 'aws-cdk-lib/aws-iam';
import { ExpiryTag } from '../../core/contract/key-layout.ts';
import type { ArchiveLock } from '../deployment/retention.ts';
import { exceptFor } from './except-for.ts';

/** Whom the policy of a vault lets do what. */
export interface VaultPolicyProps {
  readonly bucketArn: string;
  readonly keyArn: string;
  /** The only role that may tag. */
  readonly taggerRoleArn: string;
  /** The role by which deployments change what is deployed. */
  readonly deploymentRoleArn: string;
  /** The role with which S3 copies objects into here. @default - none: nothing is copied into here */
  readonly replicationRoleArn?: string | undefined;
  /** The only role that may lengthen locks. */
  readonly lockRoleArn: string;
  readonly lock: ArchiveLock;
  /** The only role that may delete. @default - none */
  readonly breakGlassRoleArn?: string | undefined;
}

/** What removes an object, or what keeps one from being removed. */
const REMOVES = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:BypassGovernanceRetention',
  's3:DeleteBucketPolicy',
];
/** What decides how long objects stay, how they are kept, and who else gets at them. */
const RULES = [
  's3:PutLifecycleConfiguration',
  's3:PutBucketVersioning',
  's3:PutBucketObjectLockConfiguration',
  's3:PutEncryptionConfiguration',
  's3:PutReplicationConfiguration',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketOwnershipControls',
  // Without them nobody hears of tags.
  's3:PutBucketNotification',
];
/** A lock that stands keeps its mode when the environment's becomes firmer. */
const MODES: Readonly<Record<ArchiveLock['mode'], string[]>> = {
  governance: ['GOVERNANCE'],
  compliance: ['GOVERNANCE', 'COMPLIANCE'],
};
/** What is let go, as it lies below a lineage. */
const EXPIRES = ['base/*', 'wal/*', 'wal-index/*', 'tail/*'];
/** What lets objects of another bucket expire here, and be hidden, by what happens there. */
const REPLICATES_EXPIRY = ['s3:ReplicateDelete', 's3:ReplicateTags'];
const TAGS = [
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
  's3:PutObjectVersionTagging',
  's3:DeleteObjectVersionTagging',
];

/**
 * What nobody may do in the bucket of an archive, whatever other policies allow: overwrite, delete, tag, lock,
 * store under another key, or change the key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function vaultPolicy(props: VaultPolicyProps): readonly iam.PolicyStatement[] {
  const { bucketArn, keyArn, taggerRoleArn, deploymentRoleArn } = props;
  const { replicationRoleArn, breakGlassRoleArn } = props;
  const objects = `${bucketArn}/*`;
  const leases = `${bucketArn}/*/lease/*`;
  // Parts of an upload carry no condition; the request that completes it does.
  const createsObject = { Bool: { 's3:ObjectCreationOperation': 'true' } };
  // One that does not is encrypted as the bucket's own setting says.
  const saysHow = { Null: { 's3:x-amz-server-side-encryption': 'false' } };
  return [
    // Not the bucket: S3 itself deletes none with anything in it, and the empty one of a first deployment
    // that failed is a person's to delete, before the next: no role of the stacks may.
    deny('NobodyDeletes', REMOVES, [bucketArn, objects], exceptFor(breakGlassRoleArn)),
    deny(
      'OnlyDeploymentsChangeTheRules',
      RULES,
      [bucketArn],
      exceptFor(deploymentRoleArn, breakGlassRoleArn),
    ),
    denyBut('NobodyOverwrites', ['s3:PutObject'], [leases], {
      ...createsObject,
      Null: { 's3:if-none-match': 'true' },
    }),
    deny('LeasesAreComparedAndSwapped', ['s3:PutObject'], [leases], {
      ...createsObject,
      Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' },
    }),
    deny('NoOtherEncryption', ['s3:PutObject'], [objects], {
      StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
      ...saysHow,
    }),
    // A request that says how but not with which key gets the account's own for S3, not the bucket's.
    deny('NoOtherKey', ['s3:PutObject'], [objects], {
      ArnNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': keyArn },
      ...saysHow,
    }),
    deny('NoKeyOfTheClient', ['s3:PutObject'], [objects], {
      Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' },
    }),
    // To another key that anybody may then end; a lock on a version does not keep it from that.
    deny(
      'NobodyChangesKeys',
      ['s3:UpdateObjectEncryption'],
      [objects],
      exceptFor(breakGlassRoleArn),
    ),
    // It puts objects in from another bucket, with no word of a condition.
    deny(
      'NobodyReplicatesToHere',
      ['s3:ReplicateObject'],
      [objects],
      exceptFor(replicationRoleArn, breakGlassRoleArn),
    ),
    deny(
      'NobodyReplicatesExpiryToHere',
      REPLICATES_EXPIRY,
      [objects],
      exceptFor(breakGlassRoleArn),
    ),
    deny('OneRoleTags', TAGS, [objects], exceptFor(taggerRoleArn)),
    deny('OneTagIsSet', TAGS, [objects], {
      'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ExpiryTag.KEY },
    }),
    deny('TwoValuesAreSet', ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'], [objects], {
      StringNotEquals: {
        [`s3:RequestObjectTag/${ExpiryTag.KEY}`]: [ExpiryTag.DUE, ExpiryTag.KEPT],
      },
    }),
    // Records of who decided what, and what tells timelines apart, are never let go.
    denyBut(
      'OnlyBackupsAndWalExpire',
      TAGS,
      EXPIRES.map((name) => `${bucketArn}/*/${name}`),
    ),
    deny('HistoriesStay', TAGS, [`${bucketArn}/*/wal/*.history.zst`]),
    ...lockPolicy(props),
  ];
}

/**
 * Locks come with the bucket's own setting, so whoever writes needs no right to them. One role lengthens some;
 * S3 itself shortens none without the right to get around them, which nobody has.
 */
function lockPolicy({ bucketArn, lockRoleArn, lock }: VaultPolicyProps): iam.PolicyStatement[] {
  const objects = [`${bucketArn}/*`];
  const locks = ['s3:PutObjectRetention'];
  return [
    deny('OneRoleLocks', locks, objects, exceptFor(lockRoleArn)),
    deny('NoOtherModeOfLocks', locks, objects, {
      StringNotEquals: { 's3:object-lock-mode': MODES[lock.mode] },
    }),
    deny('NoLockOutlivesItsReason', locks, objects, {
      NumericGreaterThan: {
        's3:object-lock-remaining-retention-days': String(lock.longestDays),
      },
    }),
    // It has no end: what it is put on could never be removed.
    deny('NobodyPutsLegalHolds', ['s3:PutObjectLegalHold'], objects),
  ];
}

type Conditions = Record<string, Record<string, string | string[]>>;

function deny(
  sid: string,
  actions: string[],
  resources: string[],
  conditions?: Conditions,
): iam.PolicyStatement {
  return new iam.PolicyStatement({ ...denial(sid, actions, conditions), resources });
}

/** For every object but those that `notResources` name. */
function denyBut(
  sid: string,
  actions: string[],
  notResources: string[],
  conditions?: Conditions,
): iam.PolicyStatement {
  return new iam.PolicyStatement({ ...denial(sid, actions, conditions), notResources });
}

function denial(
  sid: string,
  actions: string[],
  conditions: Conditions | undefined,
): iam.PolicyStatementProps {
  return {
    sid,
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions,
    ...(conditions !== undefined && { conditions }),
  };
}
