import type { Exchange, Reply } from './s3-exchange.ts';
import { refusal } from './s3-exchange.ts';
import type { S3FaultProxy } from './s3-fault-proxy.ts';

/**
 * What the S3 server of the tests lacks of Object Lock: it tells of a lock in the headers of the object
 * alone, and takes any retention for a longer one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export function withRetention(proxy: S3FaultProxy): void {
  const times = { times: Number.POSITIVE_INFINITY };
  const standing = new Map<string, number>();
  const read = async ({ forward, send }: Exchange): Promise<void> => send(told(await forward()));
  const put = async ({ request, sent, forward, send }: Exchange): Promise<void> => {
    const [, text = ''] = /<RetainUntilDate>([^<]+)</.exec(sent.toString()) ?? [];
    const until = Date.parse(text);
    if (until < (standing.get(request.path) ?? 0)) {
      send(refusal(403, 'AccessDenied'));
      return;
    }
    standing.set(request.path, until);
    send(await forward());
  };
  proxy.inject({ method: 'GET', query: 'retention' }, read, times);
  proxy.inject({ method: 'PUT', query: 'retention' }, put, times);
}

function told({ status, headers }: Reply): Reply {
  if (status !== 200) return refusal(status, 'NoSuchKey');
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  if (mode === undefined) return refusal(404, 'NoSuchObjectLockConfiguration');
  const body = `<Retention><Mode>${String(mode)}</Mode><RetainUntilDate>${String(until)}</RetainUntilDate></Retention>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}
