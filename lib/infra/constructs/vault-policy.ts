import * as iam from 'aws-cdk-lib/aws-iam';
import { ExpiryTag } from '../../core/contract/key-layout.ts';
import { exceptFor } from './except-for.ts';

/** Whom the policy of a vault lets do what. */
export interface VaultPolicyProps {
  readonly bucketArn: string;
  readonly keyArn: string;
  /** The only role that may tag. */
  readonly taggerRoleArn: string;
  /** The role by which deployments change what is deployed. */
  readonly deploymentRoleArn: string;
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
/** What decides how long an object that expired can be brought back. */
const KEEPS = ['s3:PutLifecycleConfiguration', 's3:PutBucketVersioning'];
/** What puts objects, markers and tags in from another bucket, with no word of a condition. */
const REPLICATES = ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'];
const TAGS = [
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
  's3:PutObjectVersionTagging',
  's3:DeleteObjectVersionTagging',
];

/**
 * What nobody may do in the bucket of an archive, whatever other policies allow: overwrite, delete, tag,
 * store under another key, or change the key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
 */
export function vaultPolicy(props: VaultPolicyProps): readonly iam.PolicyStatement[] {
  const { bucketArn, keyArn, taggerRoleArn, deploymentRoleArn, breakGlassRoleArn } = props;
  const objects = `${bucketArn}/*`;
  const leases = `${bucketArn}/*/lease/*`;
  // Parts of an upload carry no condition; the request that completes it does.
  const createsObject = { Bool: { 's3:ObjectCreationOperation': 'true' } };
  // One that does not is encrypted as the bucket's own setting says.
  const saysHow = { Null: { 's3:x-amz-server-side-encryption': 'false' } };
  return [
    // Not the bucket: S3 itself deletes none with anything in it, and one of a first deployment that
    // failed must make way for the next.
    deny('NobodyDeletes', REMOVES, [bucketArn, objects], exceptFor(breakGlassRoleArn)),
    deny(
      'OnlyDeploymentsChangeTheRules',
      KEEPS,
      [bucketArn],
      exceptFor(deploymentRoleArn, breakGlassRoleArn),
    ),
    denyBut('NobodyOverwrites', ['s3:PutObject'], leases, {
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
    deny('NobodyReplicatesToHere', REPLICATES, [objects], exceptFor(breakGlassRoleArn)),
    deny('OneRoleTags', TAGS, [objects], exceptFor(taggerRoleArn)),
    deny('OneTagIsSet', TAGS, [objects], {
      'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ExpiryTag.KEY },
    }),
    deny('TwoValuesAreSet', ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'], [objects], {
      StringNotEquals: {
        [`s3:RequestObjectTag/${ExpiryTag.KEY}`]: [ExpiryTag.DUE, ExpiryTag.KEPT],
      },
    }),
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

/** For every object but those that `notResource` names. */
function denyBut(
  sid: string,
  actions: string[],
  notResource: string,
  conditions: Conditions,
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    ...denial(sid, actions, conditions),
    notResources: [notResource],
  });
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
