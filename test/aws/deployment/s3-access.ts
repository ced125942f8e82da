import type { AccessRequest } from '../../support/iam-evaluator.ts';

/** A request to S3, as it stands on the wire. */
export interface S3Request {
  readonly method: string;
  /** @default - the bucket itself */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Those in its body. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The lock in its body: until so many days from now. */
  readonly lock?: { readonly mode: string; readonly days: number };
  /** There is nothing under its key. */
  readonly isAbsent?: boolean;
  /** @default '1.3' */
  readonly tls?: '1.1' | 'none';
}

/** What a request is made to. */
export interface S3Location {
  readonly bucketArn: string;
  /** The bucket's own key. */
  readonly keyArn: string;
  readonly region: string;
}

/** Headers that are condition keys by their own names, with `s3:` before them. */
const CONDITION_HEADERS = [
  'if-match',
  'if-none-match',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
];
const READS = { action: 's3:GetObject', kms: ['kms:Decrypt'] };
const ENCRYPTS = ['kms:GenerateDataKey'];
const WRITES_PARTS = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** What S3 asks IAM about one kind of request. */
interface Operation {
  readonly method: string;
  /** A query parameter that tells it from the others of its method. */
  readonly query?: string;
  readonly action: string;
  readonly createsObject?: boolean;
  readonly kms?: readonly string[];
}

/** The first that fits counts. */
const OPERATIONS: readonly Operation[] = [
  { method: 'PUT', query: 'tagging', action: 's3:PutObjectTagging' },
  { method: 'GET', query: 'tagging', action: 's3:GetObjectTagging' },
  { method: 'DELETE', query: 'tagging', action: 's3:DeleteObjectTagging' },
  { method: 'PUT', query: 'retention', action: 's3:PutObjectRetention' },
  { method: 'GET', query: 'retention', action: 's3:GetObjectRetention' },
  { method: 'PUT', query: 'legal-hold', action: 's3:PutObjectLegalHold' },
  { method: 'PUT', query: 'object-lock', action: 's3:PutBucketObjectLockConfiguration' },
  { method: 'POST', query: 'uploads', action: 's3:PutObject', createsObject: false, kms: ENCRYPTS },
  {
    method: 'PUT',
    query: 'partNumber',
    action: 's3:PutObject',
    createsObject: false,
    kms: WRITES_PARTS,
  },
  {
    method: 'POST',
    query: 'uploadId',
    action: 's3:PutObject',
    createsObject: true,
    kms: WRITES_PARTS,
  },
  { method: 'DELETE', query: 'uploadId', action: 's3:AbortMultipartUpload' },
  { method: 'GET', query: 'list-type', action: 's3:ListBucket' },
  { method: 'GET', query: 'versions', action: 's3:ListBucketVersions' },
  { method: 'GET', query: 'versionId', action: 's3:GetObjectVersion', kms: ['kms:Decrypt'] },
  { method: 'DELETE', query: 'versionId', action: 's3:DeleteObjectVersion' },
  { method: 'PUT', query: 'encryption', action: 's3:UpdateObjectEncryption' },
  { method: 'PUT', query: 'lifecycle', action: 's3:PutLifecycleConfiguration' },
  { method: 'PUT', query: 'versioning', action: 's3:PutBucketVersioning' },
  { method: 'DELETE', query: 'policy', action: 's3:DeleteBucketPolicy' },
  { method: 'PUT', query: 'policy', action: 's3:PutBucketPolicy' },
  { method: 'PUT', action: 's3:PutObject', createsObject: true, kms: ENCRYPTS },
  { method: 'DELETE', action: 's3:DeleteObject' },
  { method: 'GET', ...READS },
  { method: 'HEAD', ...READS },
];

/**
 * All that has to be allowed for a request to succeed.
 *
 * An absent object is told from a forbidden one by the right to list: the key then stands for the
 * prefix, as other servers have found when they did as S3 does.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuAndPermissions.html
 * @see https://github.com/ceph/ceph/pull/68577
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function accessRequests(request: S3Request, place: S3Location): readonly AccessRequest[] {
  const { bucketArn, keyArn, region } = place;
  const { method, key, query = {}, headers = {}, tags, lock, isAbsent = false } = request;
  const operation = OPERATIONS.find(
    (one) => one.method === method && (one.query === undefined || one.query in query),
  );
  if (operation === undefined) throw new Error(`${method} is not known here`);
  const { action, createsObject, kms = [] } = operation;
  const resource = key === undefined ? bucketArn : `${bucketArn}/${key}`;
  const transport = transportOf(request);
  const main = {
    action: key === undefined && action === 's3:DeleteObject' ? 's3:DeleteBucket' : action,
    resource,
    context: {
      ...transport,
      ...conditionHeaders(headers),
      ...prefixOf(query['prefix']),
      ...tagContext(tags),
      ...lockContext(lock),
      ...(createsObject !== undefined && { 's3:ObjectCreationOperation': String(createsObject) }),
    },
  };
  const tagging = tagsOf(headers['x-amz-tagging']);
  const mode = headers['x-amz-object-lock-mode'];
  const usedKey = headers['x-amz-server-side-encryption-aws-kms-key-id'] ?? keyArn;
  return [
    main,
    ...(tagging === undefined
      ? []
      : [
          {
            action: 's3:PutObjectTagging',
            resource,
            context: { ...transport, ...tagContext(tagging) },
          },
        ]),
    ...(mode === undefined
      ? []
      : [
          {
            action: 's3:PutObjectRetention',
            resource,
            context: { ...transport, 's3:object-lock-mode': mode },
          },
        ]),
    ...(headers['x-amz-bypass-governance-retention'] === 'true'
      ? [{ action: 's3:BypassGovernanceRetention', resource, context: transport }]
      : []),
    ...(isAbsent
      ? [
          {
            action: 's3:ListBucket',
            resource: bucketArn,
            context: { ...transport, ...prefixOf(key) },
          },
        ]
      : []),
    ...kms.map((name) => ({
      action: name,
      resource: usedKey,
      context: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
    })),
  ];
}

function transportOf({ tls }: S3Request): Record<string, string> {
  if (tls === 'none') return { 'aws:SecureTransport': 'false' };
  return { 'aws:SecureTransport': 'true', 's3:TlsVersion': tls ?? '1.3' };
}

function conditionHeaders(
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const given = CONDITION_HEADERS.filter((name) => headers[name] !== undefined);
  return Object.fromEntries(given.map((name) => [`s3:${name}`, headers[name] ?? '']));
}

function prefixOf(prefix: string | undefined): Record<string, string> {
  return prefix === undefined ? {} : { 's3:prefix': prefix };
}

function tagContext(
  tags: Readonly<Record<string, string>> = {},
): Record<string, string | readonly string[]> {
  const names = Object.keys(tags);
  if (names.length === 0) return {};
  const values = names.map((name) => [`s3:RequestObjectTag/${name}`, tags[name] ?? ''] as const);
  return { 's3:RequestObjectTagKeys': names, ...Object.fromEntries(values) };
}

function lockContext(lock: S3Request['lock']): Record<string, string> {
  if (lock === undefined) return {};
  return {
    's3:object-lock-mode': lock.mode,
    's3:object-lock-remaining-retention-days': String(lock.days),
  };
}

function tagsOf(header: string | undefined): Readonly<Record<string, string>> | undefined {
  return header === undefined ? undefined : Object.fromEntries(new URLSearchParams(header));
}
