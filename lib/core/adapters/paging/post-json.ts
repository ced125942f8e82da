import pRetry from 'p-retry';
import { OpsError } from '../../errors/ops-error.ts';

/** What to post, and where. */
export interface JsonPost {
  readonly url: URL;
  readonly body: object;
  /** Never repeated in an error, whatever the other side answers. */
  readonly secret: string;
  readonly signal?: AbortSignal | undefined;
}

/** Of one request. */
const REQUEST_MS = 5_000;
/** A function has about a minute: whoever asks for more patience gets it from its next attempt. */
const RETRY = { retries: 2, minTimeout: 500, maxTimeout: 2_000, randomize: true } as const;
const TOO_MANY = 429;
const SERVER_FAULT = 500;
const QUOTED_CHARS = 200;

/**
 * Posts JSON, and again after a moment when the other side is busy, broken or not reached. A request
 * that was taken but whose answer was lost is repeated too: the message may arrive twice.
 *
 * @throws {@link OpsError} `PAGE-FAILED` with the host, the status and what was answered, never with
 *   the rest of the URL; the signal's reason once aborted.
 */
export async function postJson({ url, body, secret, signal }: JsonPost): Promise<void> {
  await pRetry(async () => postOnce({ url, body, secret, signal }), {
    ...RETRY,
    shouldRetry: ({ error }) => mayPass(error),
    signal,
  });
}

async function postOnce({ url, body, secret, signal }: JsonPost): Promise<void> {
  const deadline = AbortSignal.timeout(REQUEST_MS);
  const answer = await reach(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  if (answer.isOk) return;
  const said = answer.text.replaceAll(secret, '…').slice(0, QUOTED_CHARS);
  throw failure(`${url.host} answered ${answer.status}: ${said}`, { status: answer.status });
}

async function reach(
  url: URL,
  init: RequestInit,
): Promise<{ readonly isOk: boolean; readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(url, init);
    return { isOk: answer.ok, status: answer.status, text: await answer.text() };
  } catch (error) {
    throw failure(`${url.host} was not reached: ${wordsOf(error)}`, {});
  }
}

/** Node says "fetch failed", and in the cause what failed: a name, an address or a certificate. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function failure(message: string, details: { readonly status?: number }): OpsError {
  return new OpsError('PAGE-FAILED', message, {
    hint: 'see the other side’s status page, and whether the secret is still valid there',
    details,
  });
}

/** All else than a refusal: no answer at all, too many requests, a fault of the other side. */
function mayPass(error: Error): boolean {
  const status = error instanceof OpsError ? error.details['status'] : undefined;
  return typeof status !== 'number' || status === TOO_MANY || status >= SERVER_FAULT;
}
