import { expect, test } from 'vitest';
import { plainPut, readObject, refusalOf } from '../contract/store-helpers.ts';
import type { Exchange, Fault, SeenRequest } from '../support/s3-exchange.ts';
import { refuse } from '../support/s3-faults.ts';
import { ATTEMPTS, describeS3 } from './s3-stage.ts';

const BODY = Buffer.from('bytes');
const HOUR_MS = 3_600_000;
const LIMIT_MS = 15 * 60_000;

/** When the SDK says that it signed. */
function signedAt({ headers }: SeenRequest): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** An S3 whose time is `aheadMs` from ours, and which refuses all that is signed far from it. */
function serverAhead(aheadMs: number): Fault {
  return async (exchange) => {
    const now = Date.now() + aheadMs;
    const date = new Date(now).toUTCString();
    if (Math.abs(signedAt(exchange.request) - now) > LIMIT_MS) {
      await refuse(403, 'RequestTimeTooSkewed', { date })(exchange);
      return;
    }
    const reply = await exchange.forward();
    exchange.send({ ...reply, headers: { ...reply.headers, date } });
  };
}

describeS3('a clock that differs from that of S3', (s3) => {
  test.each([HOUR_MS, -HOUR_MS])('by %i ms is corrected, once for all calls', async (aheadMs) => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject({}, serverAhead(aheadMs), { times: Infinity });
    expect(await store.putIfAbsent('a', BODY, plainPut(BODY))).toBe('created');
    expect(s3().proxy.seen).toHaveLength(2);
    expect((await store.head('a'))?.bytes).toBe(BODY.byteLength);
    expect(await readObject(store, 'a')).toEqual(BODY);
    expect(s3().proxy.seen).toHaveLength(4);
    expect(await readObject(other, 'a')).toEqual(BODY);
  });

  test.each(['a put', 'a head'])('and cannot be corrected ends %s in a hint', async (call) => {
    const store = s3().open();
    const never = async (exchange: Exchange): Promise<void> => {
      const date = new Date(Date.now() + HOUR_MS).toUTCString();
      await refuse(403, 'RequestTimeTooSkewed', { date })(exchange);
    };
    s3().proxy.inject({}, never, { times: Infinity });
    const error = await refusalOf(
      call === 'a put' ? store.putIfAbsent('a', BODY, plainPut(BODY)) : store.head('a'),
    );
    expect(error.code).toBe('STORE-DENIED');
    expect(error.hint).toMatch(/the clock of this machine is wrong/);
    expect(s3().proxy.seen.length).toBeLessThanOrEqual(ATTEMPTS);
  });
});
