import { expect, test } from 'vitest';
import { codeOf, fill, listKeys, readObject } from '../contract/store-helpers.ts';
import { resetBefore, refuse } from '../support/s3-faults.ts';
import { ATTEMPTS, describeS3 } from './s3-stage.ts';

const LIST = { query: 'list-type' };
const PAGE = { query: 'continuation-token' };
/** All that a key may hold, and what S3 and signatures want escaped. */
const ESCAPED = 'orders/x=1/a=b=c/d_e-f.g=';

describeS3('a listing of S3', (s3) => {
  test('of more than a page goes on after a page that was refused and then lost', async () => {
    const { store, other } = s3().openBoth();
    const keys = Array.from({ length: 1_010 }, (_, index) => `wal/${index + 10_000}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map(async (key) => fill(other, [key])));
    }
    s3().proxy.inject(PAGE, refuse(503, 'SlowDown'));
    s3().proxy.inject(PAGE, resetBefore);
    expect(await listKeys(store, 'wal/')).toEqual(keys);
    expect(s3().proxy.matching(LIST)).toHaveLength(4);
    expect(await listKeys(store, 'wal/', 'wal/10999')).toEqual(keys.slice(1_000));
    // Half a listing never passes for a whole one.
    s3().proxy.inject(PAGE, refuse(500, 'InternalError'), { times: Infinity });
    expect(await codeOf(listKeys(store, 'wal/'))).toBe('STORE-UNAVAILABLE');
    expect(s3().proxy.matching(PAGE).length).toBeGreaterThan(ATTEMPTS);
  });

  test('gives keys that need escaping as they are', async () => {
    const { store, other } = s3().openBoth();
    await fill(store, [ESCAPED]);
    expect(s3().proxy.seen[0]?.path).toMatch(/\/orders\/x%3D1\/a%3Db%3Dc\/d_e-f\.g%3D$/);
    expect(await readObject(other, ESCAPED)).toEqual(Buffer.from(ESCAPED));
    expect(await listKeys(store, 'orders/x=')).toEqual([ESCAPED]);
    expect(await listKeys(store, '', 'orders/x=1/a=b=c')).toEqual([ESCAPED]);
    expect(await Array.fromAsync(store.folders('orders/'))).toEqual(['x=1']);
    expect((await store.head(ESCAPED))?.key).toBe(ESCAPED);
  });
});
