import type { ChangeEvent } from './change-event.ts';

/**
 * How much a change matters.
 *
 * - `ends`: takes away what keeps the archive; pages, whoever did it.
 * - `changes`: may weaken it; pages, but for a deployment, which leaves a ticket.
 * - `deploys`: what every deployment does to the guard itself; pages for anybody else.
 * - `mends`: good news; leaves a ticket.
 * - `plain`: weakens nothing; is only logged.
 */
export type Weight = 'ends' | 'changes' | 'deploys' | 'mends' | 'plain';

/** What a call does to the archive. */
export interface ChangeRule {
  readonly weight: Weight | ((event: ChangeEvent) => Weight);
  /** A clause that says what is at stake. */
  readonly says: string;
}

type Rules = Readonly<Record<string, ChangeRule>>;

const TAGS: ChangeRule = { weight: 'plain', says: 'tags guard nothing' };
const USES: ChangeRule = { weight: 'plain', says: 'to use a key changes nothing' };

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html */
const KEY: Rules = {
  DisableKey: { weight: 'ends', says: 'nothing under the key can be read until it is enabled' },
  ScheduleKeyDeletion: {
    weight: 'ends',
    says: 'when the key goes, every backup goes with it; until then CancelKeyDeletion saves them',
  },
  DeleteKey: { weight: 'ends', says: 'the key is gone, and with it every backup under it' },
  DeleteImportedKeyMaterial: {
    weight: 'ends',
    says: 'nothing under the key can be read until its material is imported again',
  },
  ImportKeyMaterial: { weight: 'changes', says: 'the key’s material may have been given an end' },
  PutKeyPolicy: { weight: 'changes', says: 'others may now end the key, or nobody may use it' },
  CreateGrant: {
    weight: throughService('changes'),
    says: 'somebody may use the key without standing in its policy',
  },
  RevokeGrant: { weight: throughService('changes'), says: 'somebody may no longer use the key' },
  RetireGrant: { weight: throughService('changes'), says: 'somebody may no longer use the key' },
  DisableKeyRotation: { weight: 'changes', says: 'the key is no longer rotated' },
  UpdateAlias: { weight: 'changes', says: 'the key’s name leads to another key' },
  DeleteAlias: { weight: 'changes', says: 'the key has lost its name' },
  UpdatePrimaryRegion: { weight: 'changes', says: 'the key is governed from another region' },
  ReplicateKey: { weight: 'changes', says: 'the key is in a second region' },
  CreateAlias: { weight: 'plain', says: 'another name weakens nothing' },
  UpdateKeyDescription: { weight: 'plain', says: 'a description guards nothing' },
  RotateKey: { weight: 'plain', says: 'older bytes stay readable' },
  RotateKeyOnDemand: { weight: 'plain', says: 'older bytes stay readable' },
  EnableKeyRotation: { weight: 'mends', says: 'the key is rotated again' },
  EnableKey: { weight: 'mends', says: 'the key can be used again' },
  CancelKeyDeletion: {
    weight: 'mends',
    says: 'the key stays; it is disabled until somebody enables it',
  },
  TagResource: TAGS,
  UntagResource: TAGS,
  Decrypt: USES,
  Encrypt: USES,
  GenerateDataKey: USES,
  GenerateDataKeyWithoutPlaintext: USES,
  ReEncrypt: USES,
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html */
const BUCKET: Rules = {
  DeleteBucket: { weight: 'ends', says: 'the archive’s bucket was to go' },
  DeleteBucketPolicy: { weight: 'ends', says: 'nothing keeps anybody from deleting backups' },
  DeleteBucketEncryption: {
    weight: 'ends',
    says: 'what is stored now is not under the cluster’s key',
  },
  PutBucketVersioning: {
    weight: ({ request }) => (isVersioned(request) ? 'plain' : 'ends'),
    says: 'without versions whatever is deleted is gone at once',
  },
  ...changing('the lock on what is stored from now on', [
    'PutObjectLockConfiguration',
    'PutBucketObjectLockConfiguration',
  ]),
  ...changing('what expires, and how long it can be brought back', [
    'PutBucketLifecycle',
    'PutBucketLifecycleConfiguration',
    'DeleteBucketLifecycle',
  ]),
  ...changing('who may delete, overwrite and tag', ['PutBucketPolicy']),
  ...changing('under which key it is stored', ['PutBucketEncryption']),
  ...changing('whether there is a copy elsewhere', [
    'PutBucketReplication',
    'DeleteBucketReplication',
  ]),
  ...changing('who may read and write', [
    'PutBucketAcl',
    'PutBucketOwnershipControls',
    'DeleteBucketOwnershipControls',
    'PutBucketAbac',
    'DeletePublicAccessBlock',
    'DeleteBucketPublicAccessBlock',
  ]),
  ...changing('whether anybody hears of tags and deletions', ['PutBucketNotification']),
  PutPublicAccessBlock: { weight: blocksAll, says: 'the archive may become public' },
  PutBucketPublicAccessBlock: { weight: blocksAll, says: 'the archive may become public' },
  PutBucketTagging: TAGS,
  DeleteBucketTagging: TAGS,
};

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-logging-cloudtrail-api-calls.html */
const TRAIL: Rules = {
  StopLogging: { weight: 'ends', says: 'nobody hears any more of what is done to the archive' },
  DeleteTrail: { weight: 'ends', says: 'nobody hears any more of what is done to the archive' },
  ...changing('of which calls anybody hears', [
    'UpdateTrail',
    'PutEventSelectors',
    'PutInsightSelectors',
  ]),
  StartLogging: { weight: 'mends', says: 'the trail logs again' },
  AddTags: TAGS,
  RemoveTags: TAGS,
};

const RULE: Rules = {
  DisableRule: { weight: 'ends', says: 'the guard no longer hears of such changes' },
  DeleteRule: { weight: 'ends', says: 'the guard no longer hears of such changes' },
  RemoveTargets: { weight: 'ends', says: 'the guard no longer hears of such changes' },
  PutRule: { weight: 'deploys', says: 'the guard hears of other changes than before' },
  PutTargets: { weight: 'deploys', says: 'somebody else hears of changes' },
  EnableRule: { weight: 'mends', says: 'the guard hears of such changes again' },
  TagResource: TAGS,
  UntagResource: TAGS,
};

const FUNCTION: Rules = {
  DeleteFunction: { weight: 'ends', says: 'nobody judges changes any more' },
  RemovePermission: { weight: 'ends', says: 'nobody judges changes any more' },
  UpdateFunctionCode: { weight: 'deploys', says: 'other code judges changes' },
  UpdateFunctionConfiguration: { weight: 'deploys', says: 'changes are judged otherwise' },
  AddPermission: { weight: 'deploys', says: 'somebody else may call the judge' },
  PutFunctionConcurrency: { weight: 'changes', says: 'the judge may be kept from running' },
  TagResource: TAGS,
  UntagResource: TAGS,
};

const VOLUME: Rules = {
  DeleteVolume: { weight: 'ends', says: 'what has not reached the archive goes with the volume' },
};

/** By service and call. What stands in none of them is unknown, and is treated as `changes`. */
export const CHANGE_RULES: Readonly<Record<string, Rules>> = {
  kms: KEY,
  s3: BUCKET,
  cloudtrail: TRAIL,
  events: RULE,
  lambda: FUNCTION,
  ec2: VOLUME,
};

function changing(what: string, names: readonly string[]): Rules {
  return Object.fromEntries(
    names.map((name) => [name, { weight: 'changes', says: `it decides ${what}` }]),
  );
}

/** Volumes and secrets get their grants through services, each time that a host is launched. */
function throughService(weight: Weight): (event: ChangeEvent) => Weight {
  return ({ via, sourceIp = '' }) =>
    via !== undefined || /(^AWS Internal$|\.amazonaws\.com$)/.test(sourceIp) ? 'plain' : weight;
}

function isVersioned(request: ChangeEvent['request']): boolean {
  return fieldsOf(request['VersioningConfiguration'])['Status'] === 'Enabled';
}

function blocksAll({ request }: ChangeEvent): Weight {
  const blocks = fieldsOf(request['PublicAccessBlockConfiguration']);
  const wanted = [
    'BlockPublicAcls',
    'IgnorePublicAcls',
    'BlockPublicPolicy',
    'RestrictPublicBuckets',
  ];
  return wanted.every((name) => String(blocks[name]) === 'true') ? 'plain' : 'changes';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
