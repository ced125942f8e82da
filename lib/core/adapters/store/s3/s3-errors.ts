import { S3ServiceException } from '@aws-sdk/client-s3';
import type { ErrorCode } from '../../../errors/codes.ts';
import { OpsError } from '../../../errors/ops-error.ts';
import { absent } from '../store-refusals.ts';

/** What a request was about. */
export interface S3Subject {
  /** The store's URL. */
  readonly url: string;
  /** The object's key, if one was asked for. */
  readonly key?: string | undefined;
}

interface Rule {
  readonly code: ErrorCode;
  readonly hint: string;
}

const DENIED: Rule = {
  code: 'STORE-DENIED',
  hint: 'check the credentials, and that their policies allow this bucket, its key and s3:ListBucket',
};
const MISSING: Rule = {
  code: 'STORE-MISSING',
  hint: 'check the bucket in the store URL, and AWS_REGION',
};
const UNAVAILABLE: Rule = {
  code: 'STORE-UNAVAILABLE',
  hint: 'check the network and the S3 endpoint; the call may be repeated',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const BY_NAME: Readonly<Record<string, Rule>> = {
  NoSuchBucket: MISSING,
  PermanentRedirect: MISSING,
  CredentialsProviderError: DENIED,
  ExpiredToken: DENIED,
  InvalidToken: DENIED,
  InvalidObjectState: {
    code: 'STORE-UNAVAILABLE',
    hint: 'the object lies in an archive class: restore it in S3 first',
  },
  InvalidRange: {
    code: 'STORE-CORRUPT',
    hint: 'the object is shorter than its record says: run "holdfast verify --deep"',
  },
  BadDigest: { code: 'STORE-CORRUPT', hint: 'bytes were damaged on their way: repeat the call' },
};
const NETWORK_CODES =
  /^(ECONN|EPIPE$|ETIMEDOUT$|EHOST|ENET|ENOTFOUND$|EAI_|ERR_TLS|CERT_|ERR_STREAM_PREMATURE_CLOSE$)/;

/** The HTTP status of an answer of S3; `undefined` when there was none. */
function httpStatus(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** Whether a condition was not met: something else is there. */
export function isPreconditionFailed(error: unknown): boolean {
  return httpStatus(error) === 412;
}

/**
 * Whether another request on the same key ran at the same time, so that neither outcome is known.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function isRequestConflict(error: unknown): boolean {
  return httpStatus(error) === 409;
}

/** Whether there is no such object; a HEAD cannot tell that from a missing bucket. */
export function isAbsent(error: unknown): boolean {
  return httpStatus(error) === 404 && error instanceof Error && error.name !== 'NoSuchBucket';
}

/** Gives an error of the SDK its code; an {@link OpsError} or an unknown error stays as it is. */
export function toStoreError(error: unknown, subject: S3Subject): unknown {
  if (!(error instanceof Error) || error instanceof OpsError) return error;
  if (isAbsent(error) && subject.key !== undefined) return absent(subject.key, error);
  const rule = BY_NAME[error.name] ?? ruleByStatus(error) ?? ruleByFault(error);
  if (rule === undefined) return error;
  const text = error.message === '' ? error.name : error.message;
  return new OpsError(rule.code, `${subject.url}: ${text}`, {
    cause: error,
    hint: rule.hint,
    details: { store: subject.url, ...(subject.key !== undefined && { key: subject.key }) },
  });
}

/** A put was refused because its key is taken, and then nothing was there. */
export function vanished(key: string, cause: unknown): OpsError {
  return new OpsError('STORE-UNAVAILABLE', `${key} was refused as present, then found absent`, {
    cause,
    hint: 'something else removes objects from this store: find it, then repeat the call',
    details: { key },
  });
}

/** A store that answered with success has not kept all bytes. */
export function incomplete(key: string, sent: number, stored: number): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} has ${stored} bytes after ${sent} were sent`, {
    hint: 'the store lost bytes in spite of its own success: check the S3 server, then retry',
    details: { key, sentBytes: sent, storedBytes: stored },
  });
}

function ruleByStatus(error: Error): Rule | undefined {
  const status = httpStatus(error);
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return DENIED;
  if (status === 301) return MISSING;
  return status >= 500 || status === 408 || status === 409 || status === 429
    ? UNAVAILABLE
    : undefined;
}

/** Errors made on this side of the wire. */
function ruleByFault(error: Error): Rule | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (error.name === 'TimeoutError' || NETWORK_CODES.test(code)) return UNAVAILABLE;
  if (error.message === 'aborted') return UNAVAILABLE;
  if (error.message.startsWith('Checksum mismatch')) {
    return {
      code: 'STORE-CORRUPT',
      hint: 'read it again; if it persists, run "holdfast verify --deep"',
    };
  }
  if (error.message.startsWith('Region is missing')) {
    return { code: 'CONFIG-INVALID', hint: 'set AWS_REGION' };
  }
  return undefined;
}
