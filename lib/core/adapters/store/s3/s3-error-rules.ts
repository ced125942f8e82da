import type { ErrorCode } from '../../../errors/codes.ts';

/** What an error of S3 or of the SDK means to an operator. */
export interface ErrorRule {
  readonly code: ErrorCode;
  readonly hint: string;
}

export const DENIED: ErrorRule = {
  code: 'STORE-DENIED',
  hint: 'check the credentials, and that their policies allow this bucket, its key and s3:ListBucket',
};
export const MISSING: ErrorRule = {
  code: 'STORE-MISSING',
  hint: 'check the bucket in the store URL, and AWS_REGION',
};
export const UNAVAILABLE: ErrorRule = {
  code: 'STORE-UNAVAILABLE',
  hint: 'check the network and the S3 endpoint; the call may be repeated',
};
/** S3 takes a request for a replay when it was signed more than 15 minutes from its own time. */
export const SKEWED: ErrorRule = {
  code: 'STORE-DENIED',
  hint: 'the clock of this machine is wrong, "holdfast doctor" tells by how much: have chrony or systemd-timesyncd set it',
};
const NO_CREDENTIALS: ErrorRule = {
  code: 'STORE-DENIED',
  hint: 'give this process credentials where the AWS SDK looks for them: a role of the task or instance, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};
const EXPIRED: ErrorRule = {
  code: 'STORE-DENIED',
  hint: 'the credentials expired and their source has no fresh ones: renew them there, for one with "aws sso login"',
};
const DAMAGED: ErrorRule = {
  code: 'STORE-CORRUPT',
  hint: 'bytes are damaged on their way, again and again: distrust the network and the memory of this machine',
};
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
const KEY_REFUSED: ErrorRule = {
  code: 'STORE-DENIED',
  hint: 'check that the KMS key is there and enabled, and that its policy allows kms:GenerateDataKey and kms:Decrypt',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const BY_NAME: Readonly<Record<string, ErrorRule>> = {
  NoSuchBucket: MISSING,
  PermanentRedirect: MISSING,
  AuthorizationHeaderMalformed: MISSING,
  CredentialsProviderError: NO_CREDENTIALS,
  TokenProviderError: NO_CREDENTIALS,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: DENIED,
  RequestTimeTooSkewed: SKEWED,
  RequestExpired: SKEWED,
  RequestInTheFuture: SKEWED,
  InvalidObjectState: {
    code: 'STORE-UNAVAILABLE',
    hint: 'the object lies in an archive class: restore it in S3 first',
  },
  InvalidRange: {
    code: 'STORE-CORRUPT',
    hint: 'the object is shorter than its record says: run "holdfast verify --deep"',
  },
  NoSuchUpload: {
    code: 'STORE-UNAVAILABLE',
    hint: 'something else ended this upload: see which lifecycle rule or person aborts uploads, then run it again',
  },
  BadDigest: DAMAGED,
  XAmzContentChecksumMismatch: DAMAGED,
  XAmzContentSHA256Mismatch: DAMAGED,
};
const KMS_ERROR = /^KMS\./;

/** The rule for the name that S3 or the SDK gave an error. */
export function ruleByName(name: string): ErrorRule | undefined {
  return BY_NAME[name] ?? (KMS_ERROR.test(name) ? KEY_REFUSED : undefined);
}

/** A 404 that has no name of S3's was sent by something between us and S3. */
const PASSING: ReadonlySet<number> = new Set([404, 408, 409, 429]);

/** The rule for an HTTP status, where the name says nothing. */
export function ruleByStatus(status: number): ErrorRule | undefined {
  if (status === 401 || status === 403) return DENIED;
  if (status === 301) return MISSING;
  return status >= 500 || PASSING.has(status) ? UNAVAILABLE : undefined;
}
