import type { Exchange } from './s3-exchange.ts';
import type { S3FaultProxy } from './s3-fault-proxy.ts';

/**
 * Has the server say that objects whose keys match came when it was so by this process's clock, which a
 * test may have set.
 */
export function followProcessClock(proxy: S3FaultProxy, key: RegExp): void {
  const times = { times: Number.POSITIVE_INFINITY };
  const moments = new Map<string, Date>();
  const put = async ({ request, forward, send }: Exchange): Promise<void> => {
    const reply = await forward();
    if (reply.status === 200) moments.set(request.key, new Date());
    send(reply);
  };
  const head = async ({ request, forward, send }: Exchange): Promise<void> => {
    const reply = await forward();
    const moment = moments.get(request.key);
    const headers = { ...reply.headers, ...(moment && { 'last-modified': moment.toUTCString() }) };
    send({ ...reply, headers });
  };
  const list = async ({ forward, send }: Exchange): Promise<void> => {
    const reply = await forward();
    const text = reply.body
      .toString()
      .replaceAll(
        /<Key>([^<]+)<\/Key>\s*<LastModified>([^<]+)</g,
        (_, name: string, modifiedAt: string) =>
          `<Key>${name}</Key><LastModified>${moments.get(name)?.toISOString() ?? modifiedAt}<`,
      );
    const body = Buffer.from(text);
    const headers = { ...reply.headers, 'content-length': String(body.byteLength) };
    send({ ...reply, headers, body });
  };
  proxy.inject({ method: 'PUT', key }, put, times);
  proxy.inject({ method: 'HEAD', key }, head, times);
  proxy.inject({ method: 'GET', query: 'list-type' }, list, times);
}
