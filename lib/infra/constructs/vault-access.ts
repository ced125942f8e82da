import * as iam from 'aws-cdk-lib/aws-iam';
import { clusterPrefix } from '../../core/contract/key-layout.ts';

/** What is accessed. */
export interface VaultPlace {
  readonly bucketArn: string;
  readonly keyArn: string;
  readonly cluster: string;
  readonly region: string;
  /** Whether objects are sealed under the key before they are stored. @default false */
  readonly envelope?: boolean;
}

/** What below a lineage a role may read and create. */
interface VaultRights {
  readonly reads: readonly string[];
  readonly creates: readonly string[];
  /** What it may do with what delete markers hide: see that it is there, or read it too. */
  readonly hidden?: 'seen' | 'read';
  /** Whether it streams objects of unknown length, in parts. */
  readonly uploads?: true;
  /** What it does to objects besides, never to their bytes. */
  readonly marks?: Marks;
}

/** Actions on objects that are there, which read and change what S3 knows of them. */
interface Marks {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly on: readonly string[];
}

/** What tells which backups there are and how far they reach: none of it holds a row of a table. */
const CATALOGUE = [
  'identity.json',
  'writer/*',
  'gap/*',
  'base/*/backup.json',
  'wal/*/*.history.zst',
];

/** The ways to use a vault. */
const USES = {
  /** The agent beside PostgreSQL: all that tells of WAL and of who writes it. A recovery there reads what is hidden. */
  archive: {
    reads: ['*'],
    creates: [
      'identity.json',
      'writer/*',
      'wal/*',
      'wal-index/*',
      'tail/*',
      'gap/*',
      'lease/restore-*',
    ],
    hidden: 'read',
  },
  /** The task of a base backup. It offers the identity again, to prove that the store refuses it. */
  backup: { reads: ['*'], creates: ['identity.json', 'base/*', 'lease/*'], uploads: true },
  /** Who starts scheduled work. */
  start: { reads: ['identity.json', 'writer/*', 'lease/*', 'run/*'], creates: ['run/*'] },
  /** Who judges how it ended. */
  judge: { reads: [...CATALOGUE, 'run/*'], creates: ['run/*'] },
  /** Who looks only. */
  look: { reads: CATALOGUE, creates: [] },
  /** Who says how far recovery reaches: the end of WAL is read and proven. */
  windows: { reads: [...CATALOGUE, 'wal/*', 'wal-index/*'], creates: [] },
  /** Who proves that what PostgreSQL calls archived is there: a list is enough. */
  probe: { reads: ['identity.json', 'writer/*'], creates: [] },
  /** Who says at a page what can be recovered, and keeps what it said. */
  diagnose: {
    reads: [
      ...CATALOGUE,
      'wal/*',
      'wal-index/*',
      'run/*',
      'retention/applied/*',
      'retention/undone/*',
    ],
    creates: ['diagnosis/*'],
  },
  /** Who compares tags with what retention let go. */
  tags: { reads: ['identity.json', 'retention/applied/*', 'retention/undone/*'], creates: [] },
  /** Who looks whether all is there, and nothing else. */
  audit: {
    reads: [
      ...CATALOGUE,
      'wal/*',
      'wal-index/*',
      'lease/*',
      'audit/*',
      'retention/applied/*',
      'retention/undone/*',
    ],
    creates: ['audit/*'],
    hidden: 'seen',
  },
  /** Who reads every byte. */
  hash: { reads: ['*'], creates: ['audit/*'] },
  /** Who lets go of what is due: writes down what, then tags it. */
  tag: {
    reads: [...CATALOGUE, 'hold/*', 'lease/*', 'retention/*'],
    creates: ['retention/plan/*', 'retention/applied/*', 'lease/retention.json'],
    marks: {
      sid: 'TagWhatIsDue',
      actions: ['s3:GetObjectTagging', 's3:PutObjectTagging'],
      on: ['base/*', 'wal/*', 'wal-index/*', 'tail/*'],
    },
  },
  /** Who lengthens the locks of what is kept past the window. */
  lock: {
    reads: [...CATALOGUE, 'hold/*', 'lease/*', 'retention/*'],
    creates: [],
    marks: {
      sid: 'LockWhatStays',
      actions: ['s3:GetObjectRetention', 's3:PutObjectRetention'],
      on: ['base/*', 'wal/*'],
    },
  },
} as const satisfies Readonly<Record<string, VaultRights>>;

/** One of the ways to use a vault. */
export type VaultUse = keyof typeof USES;

/**
 * The statements that a role needs for its use of a vault. An absent object is told apart from a
 * forbidden one by the right to list.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function vaultAccess(place: VaultPlace, use: VaultUse): iam.PolicyStatement[] {
  const { bucketArn, keyArn, cluster, region, envelope } = place;
  const prefix = clusterPrefix(cluster);
  const { reads, creates, hidden, uploads, marks }: VaultRights = USES[use];
  const below = (names: readonly string[]): string[] =>
    names.map((name) => `${bucketArn}/${prefix}*/${name}`);
  const writes = creates.length > 0;
  const keyActions = writes ? ['kms:GenerateDataKey', 'kms:Decrypt'] : ['kms:Decrypt'];
  return [
    new iam.PolicyStatement({
      sid: 'ListTheArchive',
      actions: ['s3:ListBucket', ...(hidden === undefined ? [] : ['s3:ListBucketVersions'])],
      resources: [bucketArn],
      conditions: { StringLike: { 's3:prefix': [prefix, `${prefix}*`] } },
    }),
    new iam.PolicyStatement({
      sid: 'ReadTheArchive',
      actions: ['s3:GetObject', ...(hidden === 'read' ? ['s3:GetObjectVersion'] : [])],
      resources: below(reads),
    }),
    ...(writes
      ? [
          new iam.PolicyStatement({
            sid: 'AddToTheArchive',
            actions: ['s3:PutObject', ...(uploads === true ? ['s3:AbortMultipartUpload'] : [])],
            resources: below(creates),
          }),
        ]
      : []),
    ...(marks === undefined
      ? []
      : [
          new iam.PolicyStatement({
            sid: marks.sid,
            actions: [...marks.actions],
            resources: below(marks.on),
          }),
        ]),
    new iam.PolicyStatement({
      sid: 'UseTheKeyThroughS3',
      actions: keyActions,
      resources: [keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    }),
    ...(envelope === true
      ? [
          new iam.PolicyStatement({
            sid: 'UseTheKeyForEnvelopes',
            actions: keyActions,
            resources: [keyArn],
            conditions: { StringEquals: { 'kms:EncryptionContext:holdfast:cluster': cluster } },
          }),
        ]
      : []),
  ];
}
