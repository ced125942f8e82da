import { type ErrorCode } from '../../errors/codes.ts';
import { OpsError } from '../../errors/ops-error.ts';

const DENIED =
  /^(AccessDenied|UnauthorizedOperation|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|CredentialsProviderError|InvalidSignature|SignatureDoesNotMatch)/;
/** The SDK's own errors have no names. */
const NO_REGION = /^Region (is missing|not accepted)/;
const ABSENT = /(NotFound|NoSuch[A-Z]\w*|DoesNotExist|ResourceNotFound)/;

/**
 * Makes a call to an AWS control plane and gives its failure a code: `AWS-DENIED`, `AWS-ABSENT`, or
 * `AWS-FAILED` for all else that a service or the network says; `CONFIG-INVALID` without a region.
 *
 * @param what - the call as people know it, such as `ecs:RunTask on <cluster>`.
 * @throws {@link OpsError} `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`, `CONFIG-INVALID`; the signal's
 *   reason once aborted.
 */
export async function awsCall<T>(
  what: string,
  call: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw toAwsError(what, error);
  }
}

function toAwsError(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OpsError) return error;
  const code = NO_REGION.test(error.message) ? 'CONFIG-INVALID' : codeOf(error.name);
  return new OpsError(code, `${what}: ${error.message === '' ? error.name : error.message}`, {
    cause: error,
    hint: HINTS[code],
    details: { call: what, error: error.name },
  });
}

function codeOf(name: string): keyof typeof HINTS {
  if (DENIED.test(name)) return 'AWS-DENIED';
  return ABSENT.test(name) ? 'AWS-ABSENT' : 'AWS-FAILED';
}

const HINTS = {
  'CONFIG-INVALID': 'set AWS_REGION',
  'AWS-DENIED':
    'see whose credentials these are; a role of the deployment’s: deploy again, and see in CloudTrail which policy or boundary denies the call',
  'AWS-ABSENT': 'what the call names is gone: deploy again, and see in CloudTrail who removed it',
  'AWS-FAILED':
    'see the service’s status and quotas; the call is repeated by whoever made it, or may be by hand',
} as const satisfies Partial<Record<ErrorCode, string>>;
