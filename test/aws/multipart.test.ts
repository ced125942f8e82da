import { describe, expect, test } from 'vitest';
import { sha256 } from '../../lib/core/store/sha256.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { codeOf, fill, readObject, refusalOf, sourceOf } from '../contract/store-helpers.ts';
import type { Fault } from '../support/s3-exchange.ts';
import type { RequestMatch } from '../support/s3-fault-proxy.ts';
import {
  damageOnTheWayUp,
  errorInside,
  loseAnswer,
  refuse,
  resetBefore,
} from '../support/s3-faults.ts';
import { ATTEMPTS, describeS3 } from './s3-stage.ts';

const KEY = 'orders/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';
const PART_BYTES = 8 * 1024 * 1024;
const BODY = Buffer.alloc(PART_BYTES + 13, 'a part of a base backup ');
const CREATE: RequestMatch = { method: 'POST', query: 'uploads' };
const PART: RequestMatch = { method: 'PUT', query: 'partNumber' };
const COMPLETE: RequestMatch = { method: 'POST', query: 'uploadId' };
const ABORT: RequestMatch = { method: 'DELETE', query: 'uploadId' };

async function put(store: ObjectStore): Promise<number> {
  return store.putStream(KEY, sourceOf(BODY));
}

async function expectStored(store: ObjectStore): Promise<void> {
  expect(sha256(await readObject(store, KEY))).toBe(sha256(BODY));
}

/** Lets `count` requests on only when all are there, one by one: S3 decides on a key at once, moto does not. */
function meeting(count: number): Fault {
  const allCame = Promise.withResolvers<void>();
  let last = allCame.promise;
  let waiting = 0;
  return async ({ forward, send }) => {
    waiting += 1;
    if (waiting === count) allCame.resolve();
    last = last.then(async () => send(await forward()));
    await last;
  };
}

describeS3('a multipart upload to S3', (s3) => {
  test('has a checksum on every part, a condition on its completion, and is looked at after it', async () => {
    const store = s3().open();
    expect(await put(store)).toBe(BODY.byteLength);
    const { proxy } = s3();
    expect(proxy.matching(CREATE)[0]?.headers['x-amz-checksum-algorithm']).toBe('SHA256');
    const parts = proxy.matching(PART);
    expect(parts.map(({ headers }) => headers['x-amz-checksum-sha256']?.length)).toEqual(
      Array(2).fill(44),
    );
    expect(proxy.matching(COMPLETE).map(({ headers }) => headers['if-none-match'])).toEqual(['*']);
    expect(proxy.seen.at(-1)?.method).toBe('HEAD');
    await expectStored(store);
  });

  test('has one winner among those that create the same key, and the others leave nothing', async () => {
    const prefix = 'race/';
    const stores = Array.from({ length: 3 }, () => s3().open({ prefix }));
    s3().proxy.inject(COMPLETE, meeting(stores.length), { times: stores.length });
    const outcomes = await Promise.allSettled(stores.map(put));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(codes).toEqual(Array(2).fill('WAL-CONFLICT'));
    expect(await s3().uploads()).toEqual([]);
    await expectStored(s3().open({ prefix, direct: true }));
  });

  test.each([
    { what: 'lost', request: PART, fault: loseAnswer },
    { what: 'reset', request: PART, fault: resetBefore },
    { what: 'throttled', request: PART, fault: refuse(503, 'SlowDown') },
    { what: 'damaged on its way', request: PART, fault: damageOnTheWayUp },
    { what: 'expected too early', request: CREATE, fault: refuse(500, 'InternalError') },
  ])('survives that a request is $what', async ({ request, fault }) => {
    const store = s3().open();
    s3().proxy.inject(request, fault, { skip: request === PART ? 1 : 0 });
    expect(await put(store)).toBe(BODY.byteLength);
    await expectStored(store);
  });

  test.each([
    { code: 'STORE-UNAVAILABLE', request: PART, fault: refuse(503, 'SlowDown') },
    { code: 'STORE-UNAVAILABLE', request: COMPLETE, fault: refuse(500, 'InternalError') },
    { code: 'STORE-CORRUPT', request: PART, fault: damageOnTheWayUp },
    { code: 'STORE-DENIED', request: COMPLETE, fault: refuse(403, 'AccessDenied') },
    { code: 'STORE-UNAVAILABLE', request: COMPLETE, fault: refuse(409, 'OperationAborted') },
  ])('ends in $code, and leaves no part behind, when that lasts', async (row) => {
    const { store, other } = s3().openBoth();
    s3().proxy.inject(row.request, row.fault, { times: Infinity });
    expect(await codeOf(put(store))).toBe(row.code);
    expect(s3().proxy.matching(ABORT)).toHaveLength(1);
    expect(await s3().uploads()).toEqual([]);
    expect(await other.head(KEY)).toBeUndefined();
  });

  describe('whose completion is answered by 200 and an error', () => {
    test.each([
      { how: 'as S3 words it', fault: errorInside('InternalError') },
      { how: 'with white space after it', fault: errorInside('InternalError', '\n') },
    ])('$how, never succeeds', async ({ fault }) => {
      const { store, other } = s3().openBoth();
      s3().proxy.inject(COMPLETE, fault, { times: Infinity });
      const error = await refusalOf(put(store));
      expect(error.code).toBe('STORE-UNAVAILABLE');
      expect(await other.head(KEY)).toBeUndefined();
      expect(await s3().uploads()).toEqual([]);
    });

    test('is completed by a repetition', async () => {
      const store = s3().open();
      s3().proxy.inject(COMPLETE, errorInside('InternalError'));
      await put(store);
      expect(s3().proxy.matching(COMPLETE)).toHaveLength(2);
      await expectStored(store);
    });
  });

  describe('whose completion was done, and its answer lost', () => {
    test.each([
      { ending: 'is repeated in vain', fault: undefined },
      { ending: 'finds the upload gone', fault: refuse(404, 'NoSuchUpload') },
      { ending: 'finds the key taken', fault: refuse(412, 'PreconditionFailed') },
      { ending: 'meets itself', fault: refuse(409, 'ConditionalRequestConflict') },
      { ending: 'gets no answer any more', fault: refuse(503, 'SlowDown') },
    ])('is a success when it $ending', async ({ fault }) => {
      const store = s3().open();
      s3().proxy.inject(COMPLETE, loseAnswer);
      if (fault !== undefined) s3().proxy.inject(COMPLETE, fault, { times: ATTEMPTS });
      expect(await put(store)).toBe(BODY.byteLength);
      expect(s3().proxy.matching(COMPLETE).length).toBeGreaterThan(1);
      await expectStored(store);
    });
  });

  describe('whose completion was lost on its way', () => {
    test('is a conflict when somebody else created the key in between, with whatever bytes', async () => {
      const { store, other } = s3().openBoth();
      const beforeUs: Fault = async (exchange) => {
        await put(other);
        await resetBefore(exchange);
      };
      s3().proxy.inject(COMPLETE, beforeUs);
      expect(await codeOf(put(store))).toBe('WAL-CONFLICT');
      expect(await s3().uploads()).toEqual([]);
    });

    test('can be tried again as a new one when something else ended the upload', async () => {
      const { store, other } = s3().openBoth();
      s3().proxy.inject(COMPLETE, refuse(404, 'NoSuchUpload'));
      const error = await refusalOf(put(store));
      expect(error).toMatchObject({ code: 'STORE-UNAVAILABLE', retryable: true });
      expect(error.hint).toMatch(/aborts uploads/);
      expect(await other.head(KEY)).toBeUndefined();
    });
  });

  test('of one part is decided in the same way', async () => {
    const { store, other } = s3().openBoth();
    const onePart = { method: 'PUT', withoutQuery: 'partNumber' };
    s3().proxy.inject(onePart, loseAnswer);
    expect(await store.putStream('small', sourceOf(Buffer.from('small')))).toBe(5);
    s3().proxy.inject(onePart, async (exchange) => {
      await fill(other, ['taken']);
      await resetBefore(exchange);
    });
    expect(await codeOf(store.putStream('taken', sourceOf(Buffer.from('taken'))))).toBe(
      'WAL-CONFLICT',
    );
  });
});
