import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256 } from '../../lib/core/store/sha256.ts';
import { codeOf, plainPut, readObject, refusalOf } from '../contract/store-helpers.ts';
import type { Fault } from '../support/s3-exchange.ts';
import { damageOnTheWayUp, loseAnswer, refuse, resetBefore } from '../support/s3-faults.ts';
import { ATTEMPTS, describeS3 } from './s3-stage.ts';

const KEY = 'orders/1-15/wal/000000010000000000000001.zst';
const LEASE = 'orders/1-15/lease/base-backup.json';
const BODY = Buffer.from('bytes of a segment');
const OTHER = Buffer.from('other bytes');
const PUT = { method: 'PUT' };

/** Another writer is faster, and our request never arrives. */
function afterAnother(write: () => Promise<unknown>): Fault {
  return async (exchange) => {
    await write();
    await resetBefore(exchange);
  };
}

describeS3('a conditional put to S3', (s3) => {
  test('carries its condition and the SHA-256 of its bytes', async () => {
    await s3().open().putIfAbsent(KEY, BODY, plainPut(BODY));
    expect(s3().proxy.matching(PUT)).toHaveLength(1);
    expect(s3().proxy.matching(PUT)[0]?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-checksum-sha256': createHash('sha256').update(BODY).digest('base64'),
    });
  });

  test('has created its object although the answer was lost', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(PUT, loseAnswer);
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('created');
    expect(s3().proxy.matching(PUT)).toHaveLength(2);
    expect(await readObject(other, KEY)).toEqual(BODY);
    expect((await other.head(KEY))?.metadata?.plainSha256).toBe(sha256(BODY));
  });

  test('finds its own object after a failure that outlasted the attempts', async () => {
    const store = s3().open();
    s3().proxy.inject(PUT, loseAnswer);
    s3().proxy.inject(PUT, resetBefore, { times: ATTEMPTS - 1 });
    expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY)))).toBe('STORE-UNAVAILABLE');
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('identical');
  });

  test('is identical to what the same writer put in between, and in conflict with other bytes', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(
      PUT,
      afterAnother(async () => other.putIfAbsent(KEY, BODY, plainPut(BODY))),
    );
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('identical');
    s3().proxy.inject(
      PUT,
      afterAnother(async () => other.putIfAbsent('b', OTHER, plainPut(OTHER, { epoch: 2 }))),
    );
    const error = await refusalOf(store.putIfAbsent('b', BODY, plainPut(BODY)));
    expect(error.code).toBe('WAL-CONFLICT');
    expect(error.details).toMatchObject({ offeredEpoch: 1, storedEpoch: 2 });
    expect(await readObject(other, 'b')).toEqual(OTHER);
  });

  test('is a conflict when the same bytes of another epoch came in between', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(
      PUT,
      afterAnother(async () => other.putIfAbsent(KEY, BODY, plainPut(BODY, { epoch: 2 }))),
    );
    expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY)))).toBe('WAL-CONFLICT');
  });

  test('is repeated while S3 answers that another request on its key runs', async () => {
    const store = s3().open();
    s3().proxy.inject(PUT, refuse(409, 'ConditionalRequestConflict'), { times: 2 });
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('created');
    expect(s3().proxy.matching(PUT)).toHaveLength(3);
    expect(await readObject(store, KEY)).toEqual(BODY);
  });

  test('is repeated when a bit was damaged on its way', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(PUT, damageOnTheWayUp);
    expect(await store.putIfAbsent(KEY, BODY, plainPut(BODY))).toBe('created');
    expect(await readObject(other, KEY)).toEqual(BODY);
  });

  test('stores nothing, and says why, when bits are damaged again and again', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(PUT, damageOnTheWayUp, { times: Infinity });
    expect(await codeOf(store.putIfAbsent(KEY, BODY, plainPut(BODY)))).toBe('STORE-CORRUPT');
    expect(s3().proxy.matching(PUT)).toHaveLength(ATTEMPTS);
    expect(await other.head(KEY)).toBeUndefined();
  });

  test('holds a lease although the answers to taking and to renewing it were lost', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(PUT, loseAnswer);
    const taken = await store.replace(LEASE, BODY, { ifMatch: undefined });
    expect((await other.head(LEASE))?.etag).toBe(taken);
    s3().proxy.inject(PUT, loseAnswer);
    const renewed = await store.replace(LEASE, OTHER, { ifMatch: taken });
    expect((await other.head(LEASE))?.etag).toBe(renewed);
    expect(await readObject(other, LEASE)).toEqual(OTHER);
  });

  test('holds a lease although its session was called expired after the answer was lost', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(PUT, loseAnswer);
    s3().proxy.inject(PUT, refuse(400, 'ExpiredToken'));
    const taken = await store.replace(LEASE, BODY, { ifMatch: undefined });
    expect((await other.head(LEASE))?.etag).toBe(taken);
    expect(s3().proxy.matching(PUT)).toHaveLength(3);
  });

  test('leaves a lease to another whose bytes are the same', async () => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(
      PUT,
      afterAnother(async () => other.replace(LEASE, BODY, { ifMatch: undefined })),
    );
    expect(await codeOf(store.replace(LEASE, BODY, { ifMatch: undefined }))).toBe('STORE-LEASE');
  });
});
