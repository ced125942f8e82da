import { S3ServiceException } from '@aws-sdk/client-s3';
import { OpsError } from '../../../errors/ops-error.ts';
import { absent } from '../store-refusals.ts';
import {
  DENIED,
  type ErrorRule,
  MISSING,
  ruleByName,
  ruleByStatus,
  SKEWED,
  UNAVAILABLE,
} from './s3-error-rules.ts';

/** What a request was about. */
export interface S3Subject {
  /** The store's URL. */
  readonly url: string;
  /** The object's key, if one was asked for. */
  readonly key?: string | undefined;
  /** Rights that this takes, and most callers have no use for. */
  readonly needs?: string | undefined;
}

const NETWORK_CODES =
  /^(ECONN|EPIPE$|ETIMEDOUT$|EHOST|ENET|ENOTFOUND$|EAI_|ERR_TLS|CERT_|ERR_STREAM_PREMATURE_CLOSE$)/;
/** How Node and the SDK's own streams say that a body ended before its end. */
const BODY_CUT = /^(aborted$|Connection lost )/;
/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
const SKEW_LIMIT_MS = 15 * 60_000;

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

/**
 * Whether there is no such object; a HEAD cannot tell that from a missing bucket. A 404 that is not in
 * S3's words is a proxy's, or of who gives credentials, and says nothing about the object.
 */
export function isAbsent(error: unknown): boolean {
  const isInItsWords = error instanceof S3ServiceException && ruleByName(error.name) === undefined;
  return isInItsWords && httpStatus(error) === 404;
}

/** Whether the connection failed, not what came over it. */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return error.name === 'TimeoutError' || NETWORK_CODES.test(code) || BODY_CUT.test(error.message);
}

/** Gives an error of the SDK its code; an {@link OpsError} or an unknown error stays as it is. */
export function toStoreError(error: unknown, subject: S3Subject): unknown {
  if (!(error instanceof Error) || error instanceof OpsError) return error;
  if (isAbsent(error) && subject.key !== undefined) return absent(subject.key, error);
  const rule = ruleOf(error);
  if (rule === undefined) return error;
  const text = error.message === '' ? error.name : error.message;
  return new OpsError(rule.code, `${subject.url}: ${text}`, {
    cause: error,
    hint: hintFor(rule, error, subject),
    details: { store: subject.url, ...(subject.key !== undefined && { key: subject.key }) },
  });
}

function hintFor(rule: ErrorRule, error: Error, { needs }: S3Subject): string {
  const region = rule === MISSING ? regionOf(error) : undefined;
  if (region !== undefined) return `the bucket is in ${region}: set AWS_REGION=${region}`;
  return rule === DENIED && needs !== undefined ? `${rule.hint}, ${needs}` : rule.hint;
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

/** A success that names no object. */
export function unconfirmed(key: string): OpsError {
  return new OpsError('STORE-UNAVAILABLE', `S3 did not say what it made of the parts of ${key}`, {
    hint: UNAVAILABLE.hint,
    details: { key },
  });
}

function ruleOf(error: Error): ErrorRule | undefined {
  const named = ruleByName(error.name);
  if (named !== undefined) return named;
  const status = httpStatus(error);
  if (status === 403 && isFarFromOurTime(error)) return SKEWED;
  return (status === undefined ? undefined : ruleByStatus(status)) ?? ruleByFault(error);
}

/** Errors made on this side of the wire. */
function ruleByFault(error: Error): ErrorRule | undefined {
  if (isConnectionFault(error)) return UNAVAILABLE;
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

/**
 * Where S3 says that the bucket is, in its answer to a request that went elsewhere.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
function regionOf(error: Error): string | undefined {
  const headers = error instanceof S3ServiceException ? error.$response?.headers : undefined;
  return headers?.['x-amz-bucket-region'];
}

/** The answer to a HEAD has no body that could name the fault, but it has a date. */
function isFarFromOurTime(error: Error): boolean {
  const date = error instanceof S3ServiceException ? error.$response?.headers['date'] : undefined;
  return Math.abs(Date.parse(date ?? '') - Date.now()) > SKEW_LIMIT_MS;
}

/**
 * The HTTP status of an answer of S3, or of who gives credentials; `undefined` when there was none. Not
 * only service exceptions have one: the SDK adds it to errors of its own.
 */
function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return typeof status === 'number' ? status : undefined;
}
