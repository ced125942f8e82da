import { describe, expect, test } from 'vitest';
import { withDeadlines } from '../../../../../lib/core/adapters/store/with-deadlines.ts';
import {
  codeOf,
  listKeys,
  plainPut,
  readObject,
  refusalOf,
  sourceOf,
} from '../../../../contract/store-helpers.ts';
import { refuse, SECRET, storeAnswering, storeAt } from './loopback-server.ts';

const BODY = Buffer.from('body');
const UNUSED_PORT = 1;

describe('a put to S3', () => {
  test('carries its condition, a SHA-256 checksum and its metadata', async () => {
    const seen: Record<string, unknown> = {};
    const store = await storeAnswering((request, response) => {
      Object.assign(seen, request.headers, { method: request.method, url: request.url });
      response.end();
    });
    expect(await store.putIfAbsent('a', BODY, plainPut(BODY, { epoch: 4 }))).toBe('created');
    expect(seen).toMatchObject({
      method: 'PUT',
      url: '/bucket/prod/a?x-id=PutObject',
      'if-none-match': '*',
      'x-amz-checksum-sha256': Buffer.from(plainPut(BODY).plainSha256, 'hex').toString('base64'),
      'x-amz-meta-plain-sha256': plainPut(BODY).plainSha256,
      'x-amz-meta-stored-sha256': plainPut(BODY).plainSha256,
      'x-amz-meta-epoch': '4',
    });
  });

  test('is repeated while another request on its key runs', async () => {
    let requests = 0;
    const store = await storeAnswering((_, response) => {
      requests += 1;
      if (requests > 2) response.end();
      else refuse(response, 409, 'ConditionalRequestConflict');
    });
    expect(await store.putIfAbsent('a', BODY, plainPut(BODY))).toBe('created');
    expect(requests).toBe(3);
  });

  test('gives up when that never ends', async () => {
    let requests = 0;
    const store = await storeAnswering((_, response) => {
      requests += 1;
      refuse(response, 409, 'ConditionalRequestConflict');
    });
    expect(await codeOf(store.putIfAbsent('a', BODY, plainPut(BODY)))).toBe('STORE-UNAVAILABLE');
    expect(requests).toBe(6);
  });

  test('to a server that ignores conditions is found out', async () => {
    const store = await storeAnswering((_, response) => response.end());
    expect(await codeOf(store.proveConditional('a', BODY))).toBe('STORE-UNSAFE');
  });

  test('of a stream fails when the server kept fewer bytes than were sent', async () => {
    let isPut = false;
    const store = await storeAnswering((request, response) => {
      if (request.method === 'PUT') isPut = true;
      if (request.method === 'HEAD' && !isPut) refuse(response, 404, 'NotFound');
      else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 3 }).end();
      else response.end('<ListBucketResult></ListBucketResult>');
    });
    expect(await codeOf(store.putStream('a', sourceOf(BODY)))).toBe('STORE-CORRUPT');
  });
});

describe('an answer of S3', () => {
  test.each([
    [403, 'AccessDenied', 'STORE-DENIED'],
    [403, 'InvalidAccessKeyId', 'STORE-DENIED'],
    [400, 'ExpiredToken', 'STORE-DENIED'],
    [404, 'NoSuchBucket', 'STORE-MISSING'],
    [301, 'PermanentRedirect', 'STORE-MISSING'],
    [404, 'NoSuchKey', 'STORE-ABSENT'],
    [500, 'InternalError', 'STORE-UNAVAILABLE'],
    [503, 'SlowDown', 'STORE-UNAVAILABLE'],
    [429, 'TooManyRequests', 'STORE-UNAVAILABLE'],
    [403, 'InvalidObjectState', 'STORE-UNAVAILABLE'],
  ])('%i %s becomes %s', async (status, name, code) => {
    const store = await storeAnswering((_, response) => refuse(response, status, name));
    const error = await refusalOf(store.get('a'));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTypeOf('string');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(SECRET);
  });

  test('404 that is not in its words says nothing about the object', async () => {
    const store = await storeAnswering((_, response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no such<br>page</html>');
    });
    expect(await codeOf(store.get('a'))).toBe('STORE-UNAVAILABLE');
    expect(await codeOf(listKeys(store, ''))).toBe('STORE-UNAVAILABLE');
  });

  test('403 to a HEAD does not prove absence', async () => {
    const store = await storeAnswering((_, response) => refuse(response, 403, 'AccessDenied'));
    expect(await codeOf(store.head('a'))).toBe('STORE-DENIED');
  });

  test('404 to a HEAD does not prove absence when the list is refused', async () => {
    const store = await storeAnswering((request, response) => {
      refuse(response, request.method === 'HEAD' ? 404 : 403, 'Refused');
    });
    expect(await codeOf(store.head('a'))).toBe('STORE-DENIED');
  });

  test('that ends too early is no object', async () => {
    const store = await storeAnswering((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    expect(await codeOf(readObject(store, 'a'))).toBe('STORE-UNAVAILABLE');
  });

  test('is not joined to one that begins anew where the rest was asked for', async () => {
    const store = await storeAnswering(({ headers }, response) => {
      response.writeHead(200, { 'content-length': BODY.byteLength });
      if (headers.range === undefined) response.write('bo', () => response.destroy());
      else response.end(BODY);
    });
    expect(await codeOf(readObject(store, 'a'))).toBe('STORE-UNAVAILABLE');
  });

  test('with bytes that do not match its checksum is corrupt', async () => {
    const store = await storeAnswering((_, response) => {
      const checksum = Buffer.alloc(32).toString('base64');
      response.writeHead(200, { 'content-length': 4, 'x-amz-checksum-sha256': checksum });
      response.end(BODY);
    });
    expect(await codeOf(readObject(store, 'a'))).toBe('STORE-CORRUPT');
  });
});

describe('a server of S3', () => {
  test('that is not there is unavailable', async () => {
    expect(await codeOf(storeAt(UNUSED_PORT).head('a'))).toBe('STORE-UNAVAILABLE');
  });

  test('that never answers runs into the deadline', async () => {
    const silent = await storeAnswering(() => undefined);
    const store = withDeadlines(silent, { callMs: 100, idleMs: 100, graceMs: 1_000 });
    expect(await codeOf(store.head('a'))).toBe('STORE-TIMEOUT');
    expect(await codeOf(store.putIfAbsent('a', BODY, plainPut(BODY)))).toBe('STORE-TIMEOUT');
    expect(await codeOf(store.putStream('a', sourceOf(BODY)))).toBe('STORE-TIMEOUT');
    expect(await codeOf(readObject(store, 'a'))).toBe('STORE-TIMEOUT');
    expect(await codeOf(Array.fromAsync(store.list('')))).toBe('STORE-TIMEOUT');
  });

  test('that stops in the middle of a body runs into the deadline', async () => {
    const stuck = await storeAnswering((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
    });
    const store = withDeadlines(stuck, { callMs: 100, idleMs: 100, graceMs: 1_000 });
    expect(await codeOf(readObject(store, 'a'))).toBe('STORE-TIMEOUT');
  });
});
