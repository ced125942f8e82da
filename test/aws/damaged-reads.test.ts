import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { codeOf, plainPut, readBody, readObject, sourceOf } from '../contract/store-helpers.ts';
import {
  cutBody,
  damageOnTheWayDown,
  refuse,
  shortenBody,
  stallBody,
} from '../support/s3-faults.ts';
import { describeS3 } from './s3-stage.ts';

const GET = { method: 'GET', withoutQuery: 'list-type' };
const SMALL = Buffer.from('a record of a few bytes');
const LARGE = Buffer.alloc(9 * 1024 * 1024, 'a part of a base backup ');
const SOCKET_IDLE_MS = 300;
const MOST_CONNECTIONS = 11;

/** A whole put, which S3 keeps a checksum of, and a multipart upload, which it does not. */
const OBJECTS: readonly { readonly what: string; readonly body: Buffer }[] = [
  { what: 'small', body: SMALL },
  { what: 'large', body: LARGE },
];

async function store(into: ObjectStore, body: Buffer): Promise<void> {
  if (body === LARGE) await into.putStream('a', sourceOf(body));
  else await into.putIfAbsent('a', body, plainPut(body));
}

describeS3('a read from S3', (s3) => {
  describe.each(OBJECTS)('of a $what object', ({ body }) => {
    test('goes on where its connection was lost', async () => {
      const { store: reader, other } = s3().openBoth();
      await store(other, body);
      s3().proxy.inject(GET, cutBody, { times: 2 });
      expect((await readObject(reader, 'a')).equals(body)).toBe(true);
      const [first, second, third] = s3().proxy.matching(GET);
      expect(first?.headers.range).toBeUndefined();
      expect(second?.headers.range).toMatch(/^bytes=[1-9]\d*-\d+$/);
      expect(third?.headers['if-match']).toBe((await other.head('a'))?.etag);
    });

    test('goes on when nothing comes any more', async () => {
      const { store: reader, other } = s3().openBoth({ socketIdleMs: SOCKET_IDLE_MS });
      await store(other, body);
      s3().proxy.inject(GET, stallBody);
      expect((await readObject(reader, 'a')).equals(body)).toBe(true);
    });

    test('of a range goes on within that range', async () => {
      const { store: reader, other } = s3().openBoth();
      await store(other, body);
      s3().proxy.inject(GET, cutBody);
      const range = { start: 3, end: body.byteLength - 5 };
      const read = await readBody(await reader.get('a', { range }));
      expect(read.equals(body.subarray(range.start, range.end))).toBe(true);
    });

    test('ends in STORE-TIMEOUT when nothing comes for as long as the deadline', async () => {
      const deadlines = { callMs: 5_000, idleMs: 500, graceMs: 100 };
      const { store: reader, other } = s3().openBoth({ deadlines });
      await store(other, body);
      s3().proxy.inject(GET, stallBody, { times: Infinity });
      expect(await codeOf(readObject(reader, 'a'))).toBe('STORE-TIMEOUT');
    });
  });

  test('ends in STORE-UNAVAILABLE when connection after connection is lost', async () => {
    const { store: reader, other } = s3().openBoth();
    await store(other, LARGE);
    s3().proxy.inject(GET, cutBody, { times: Infinity });
    expect(await codeOf(readObject(reader, 'a'))).toBe('STORE-UNAVAILABLE');
    expect(s3().proxy.matching(GET)).toHaveLength(MOST_CONNECTIONS);
  });

  test('never joins two objects: one that was replaced in between has to be read again', async () => {
    const { store: reader, other } = s3().openBoth();
    const etag = await other.replace('lease', SMALL, { ifMatch: undefined });
    s3().proxy.inject(GET, async (exchange) => {
      await cutBody(exchange);
      await other.replace('lease', SMALL.toReversed(), { ifMatch: etag });
    });
    s3().proxy.inject(GET, refuse(412, 'PreconditionFailed'));
    expect(await codeOf(readObject(reader, 'lease'))).toBe('STORE-UNAVAILABLE');
  });

  test.each([
    { what: 'with a bit changed', fault: damageOnTheWayDown },
    { what: 'without its last byte', fault: shortenBody },
  ])('$what is STORE-CORRUPT, and whole the next time', async ({ fault }) => {
    const { store: reader, other } = s3().openBoth();
    await store(other, SMALL);
    s3().proxy.inject(GET, fault);
    expect(await codeOf(readObject(reader, 'a'))).toBe('STORE-CORRUPT');
    expect(await readObject(reader, 'a')).toEqual(SMALL);
  });
});
