import { expect, test, vi } from 'vitest';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { runHere } from '../bin/cli/run-holdfast.ts';
import {
  codeOf,
  fill,
  listKeys,
  plainPut,
  readObject,
  refusalOf,
} from '../contract/store-helpers.ts';
import type { Fault } from '../support/s3-exchange.ts';
import { s3Environment } from '../support/s3-environment.ts';
import type { RequestMatch } from '../support/s3-fault-proxy.ts';
import { loseAnswer, refuse, resetBefore, stall } from '../support/s3-faults.ts';
import { ATTEMPTS, describeS3 } from './s3-stage.ts';

const BODY = Buffer.from('bytes');
const FAULTS: Readonly<Record<string, Fault>> = {
  '503 SlowDown': refuse(503, 'SlowDown'),
  '500 InternalError': refuse(500, 'InternalError'),
  '429 TooManyRequests': refuse(429, 'TooManyRequests'),
  '503 without a word': refuse(503, ''),
  'a reset connection': resetBefore,
  'a lost answer': loseAnswer,
};
const SOCKET_IDLE_MS = 300;
const CLOSED_PORT = 'http://127.0.0.1:1';

interface Call {
  readonly name: string;
  readonly match: RequestMatch;
  readonly run: (store: ObjectStore) => Promise<unknown>;
}

/** Every call of the port but streamed puts, in a store that holds `a`. */
const CALLS: readonly Call[] = [
  {
    name: 'a put',
    match: { method: 'PUT', key: /b$/ },
    run: async (store) => store.putIfAbsent('b', BODY, plainPut(BODY)),
  },
  {
    name: 'a replacement',
    match: { method: 'PUT', key: /c$/ },
    run: async (store) => store.replace('c', BODY, { ifMatch: undefined }),
  },
  { name: 'a read', match: { method: 'GET', key: /a$/ }, run: async (s) => readObject(s, 'a') },
  { name: 'a head', match: { method: 'HEAD', key: /a$/ }, run: async (s) => s.head('a') },
  { name: 'a listing', match: { query: 'list-type' }, run: async (s) => listKeys(s, '') },
  {
    name: 'a tagging',
    match: { method: 'PUT', query: 'tagging' },
    run: async (store) => store.tag('a', { expire: 'planned' }),
  },
];

describeS3('an outage of S3', (s3) => {
  test.each(Object.keys(FAULTS))('of one answer (%s) is survived by every call', async (name) => {
    const { store, other } = s3().openBoth();
    await fill(other, ['a']);
    for (const { match } of CALLS) s3().proxy.inject(match, faultOf(name));
    await Promise.all(CALLS.map(async ({ run }) => run(store)));
    const requests = CALLS.map(({ match }) => s3().proxy.matching(match).length);
    expect(requests).toEqual(CALLS.map(() => 2));
    expect(await readObject(other, 'b')).toEqual(BODY);
  });

  test.each(Object.keys(FAULTS))(
    'that lasts (%s) ends every call after its attempts',
    async (name) => {
      const { store, other } = s3().openBoth();
      await fill(other, ['a']);
      s3().proxy.inject({}, faultOf(name), { times: Infinity });
      const codes = await Promise.all(CALLS.map(async ({ run }) => codeOf(run(store))));
      expect(codes).toEqual(CALLS.map(() => 'STORE-UNAVAILABLE'));
      const requests = CALLS.map(({ match }) => s3().proxy.matching(match).length);
      expect(requests).toEqual(CALLS.map(() => ATTEMPTS));
    },
  );

  test('tells what S3 said, and what to do', async () => {
    s3().proxy.inject({}, refuse(500, 'InternalError'), { times: Infinity });
    const error = await refusalOf(s3().open().putIfAbsent('a', BODY, plainPut(BODY)));
    expect(error.message).toContain('InternalError');
    expect(error.retryable).toBe(true);
    expect(error.hint).toMatch(/network and the S3 endpoint/);
  });

  test('is told by "doctor" within its few seconds, with its cause', async () => {
    for (const [name, value] of Object.entries(s3Environment(CLOSED_PORT))) vi.stubEnv(name, value);
    const { stdout } = await runHere(['doctor', '--store', 's3://bucket', '--cluster', 'orders']);
    vi.unstubAllEnvs();
    expect(stdout).toMatch(/STORE-UNAVAILABLE.*ECONNREFUSED/);
  });

  test('that accepts requests and answers none is given up on that connection, and asked again', async () => {
    const { store, other } = s3().openBoth({ socketIdleMs: SOCKET_IDLE_MS });
    await fill(other, ['a']);
    for (const { match } of CALLS) s3().proxy.inject(match, stall);
    await Promise.all(CALLS.map(async ({ run }) => run(store)));
    expect(await readObject(other, 'b')).toEqual(BODY);
  });

  test('that accepts requests and never answers ends in STORE-TIMEOUT at the deadline', async () => {
    const store = s3().open({ deadlines: { callMs: 400, idleMs: 400, graceMs: 100 } });
    s3().proxy.inject({}, stall, { times: Infinity });
    const codes = await Promise.all(CALLS.map(async ({ run }) => codeOf(run(store))));
    expect(codes).toEqual(CALLS.map(() => 'STORE-TIMEOUT'));
  });
});

function faultOf(name: string): Fault {
  const found = Object.entries(FAULTS).find(([known]) => known === name);
  if (found === undefined) throw new Error(`there is no fault ${name}`);
  return found[1];
}
