import * as iam from 'aws-cdk-lib/aws-iam';
import { clusterPrefix } from '../../core/contract/key-layout.ts';

/** What is accessed. */
export interface VaultPlace {
  readonly bucketArn: string;
  readonly keyArn: string;
  readonly cluster: string;
  readonly region: string;
}

/** What below a lineage a role may create. */
const WRITES = {
  /** The agent beside PostgreSQL: all that tells of WAL and of who writes it. */
  archive: ['identity.json', 'writer/*', 'wal/*', 'wal-index/*', 'tail/*', 'gap/*'],
  /** The task of a base backup. It offers the identity again, to prove that the store refuses it. */
  backup: ['identity.json', 'base/*', 'lease/*'],
  /** Who starts scheduled work, and judges it. */
  runs: ['run/*'],
  /** Who looks only. */
  nothing: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** One of the ways to use a vault. */
export type VaultUse = keyof typeof WRITES;

/**
 * The statements that a role needs for its use of a vault: to read all of the cluster's objects, and to
 * create its own. An absent object is told apart from a forbidden one by the right to list.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function vaultAccess(place: VaultPlace, use: VaultUse): iam.PolicyStatement[] {
  const { bucketArn, keyArn, cluster, region } = place;
  const prefix = clusterPrefix(cluster);
  const written = WRITES[use].map((below) => `${bucketArn}/${prefix}*/${below}`);
  const writes = written.length > 0;
  return [
    new iam.PolicyStatement({
      sid: 'ListTheArchive',
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      conditions: { StringLike: { 's3:prefix': [prefix, `${prefix}*`] } },
    }),
    new iam.PolicyStatement({
      sid: 'ReadTheArchive',
      actions: ['s3:GetObject'],
      resources: [`${bucketArn}/${prefix}*`],
    }),
    ...(writes
      ? [
          new iam.PolicyStatement({
            sid: 'AddToTheArchive',
            actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
            resources: written,
          }),
        ]
      : []),
    new iam.PolicyStatement({
      sid: 'UseTheKeyThroughS3',
      actions: writes ? ['kms:GenerateDataKey', 'kms:Decrypt'] : ['kms:Decrypt'],
      resources: [keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    }),
  ];
}
