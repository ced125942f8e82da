import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import {
  codeOf,
  fill,
  listKeys,
  plainPut,
  readObject,
  refusalOf,
  sourceOf,
} from '../contract/store-helpers.ts';
import {
  CONTAINER_PATH,
  type CredentialsEndpoint,
  startCredentialsEndpoint,
} from '../support/credentials-endpoint.ts';
import { refuse } from '../support/s3-faults.ts';
import { refusal, type SeenRequest } from '../support/s3-exchange.ts';
import { describeS3 } from './s3-stage.ts';

const BODY = Buffer.from('bytes');
const LARGE = Buffer.alloc(17 * 1024 * 1024, 'a part of a base backup ');
/** What the SDK's chain looks at; no test may find a developer's own. */
const SOURCES = [
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
];
const EXPIRED = refuse(400, 'ExpiredToken');

/** Who signed a request. */
function signer({ headers }: SeenRequest): string | undefined {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
}

async function startEndpoint(): Promise<CredentialsEndpoint> {
  const endpoint = await startCredentialsEndpoint();
  onTestFinished(async () => endpoint[Symbol.asyncDispose]());
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${endpoint.origin}${CONTAINER_PATH}`);
  return endpoint;
}

describeS3('credentials', (s3) => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'holdfast-aws-'));
    for (const name of SOURCES) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3().proxy.endpoint);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  });
  const open = async (): Promise<ObjectStore> => openObjectStore(`s3://${s3().bucket}/prod`);
  const signers = (): readonly (string | undefined)[] => s3().proxy.seen.map(signer);

  test('are looked for at the first call, and their absence has a code and a hint', async () => {
    const store = await open();
    const error = await refusalOf(store.head('a'));
    expect(error.code).toBe('STORE-DENIED');
    expect(error.hint).toMatch(/a role of the task or instance, AWS_PROFILE, or AWS_ACCESS_KEY_ID/);
    expect(s3().proxy.seen).toEqual([]);
  });

  test('of a profile are found', async () => {
    await writeFile(
      join(home, 'credentials'),
      '[backup]\naws_access_key_id = FROMFILE\naws_secret_access_key = secret\n',
    );
    vi.stubEnv('AWS_PROFILE', 'backup');
    await (await open()).head('a');
    expect(signers()).toEqual(['FROMFILE', 'FROMFILE']);
  });

  test('of a container are asked for once', async () => {
    const endpoint = await startEndpoint();
    const store = await open();
    await fill(store, ['of-a-container/a', 'of-a-container/b']);
    expect(endpoint.asked()).toBe(1);
    expect(new Set(signers())).toEqual(new Set(['KEY1']));
  });

  test('of an instance are found, and fetched anew when they expired', async () => {
    await using endpoint = await startCredentialsEndpoint();
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', endpoint.origin);
    const store = await open();
    s3().proxy.inject({ method: 'PUT' }, EXPIRED);
    await fill(store, ['of-an-instance']);
    expect(signers()).toEqual(['KEY1', 'KEY2']);
  });

  describe('that S3 calls expired before their time', () => {
    beforeEach(async () => {
      await startEndpoint();
    });

    test('are fetched anew, and the call is repeated', async () => {
      const store = await open();
      s3().proxy.inject({ method: 'PUT' }, EXPIRED);
      expect(await store.putIfAbsent('expired/a', BODY, plainPut(BODY))).toBe('created');
      expect(signers()).toEqual(['KEY1', 'KEY2']);
    });

    test('are fetched anew in the middle of a part of a backup', async () => {
      const store = await open();
      s3().proxy.inject({ query: 'partNumber' }, EXPIRED, { skip: 1 });
      expect(await store.putStream('expired/part', sourceOf(LARGE))).toBe(LARGE.byteLength);
      expect((await readObject(store, 'expired/part')).equals(LARGE)).toBe(true);
      expect(signers().at(0)).toBe('KEY1');
      expect(signers().at(-1)).toBe('KEY2');
    });

    test('are fetched anew for a HEAD too, to which S3 gives no reason', async () => {
      const store = await open();
      await fill(store, ['expired/head']);
      s3().proxy.inject({ method: 'HEAD' }, refuse(400, 'BadRequest'));
      expect((await store.head('expired/head'))?.key).toBe('expired/head');
      expect(signers()).toEqual(['KEY1', 'KEY1', 'KEY2']);
    });

    test('are fetched anew when S3 does not know their key any more', async () => {
      const store = await open();
      s3().proxy.inject({ query: 'list-type' }, refuse(403, 'InvalidAccessKeyId'));
      expect(await listKeys(store, 'nothing/')).toEqual([]);
      expect(signers()).toEqual(['KEY1', 'KEY2']);
    });

    test('and again after two renewals end in STORE-DENIED, with a hint about their source', async () => {
      const store = await open();
      s3().proxy.inject({ method: 'PUT' }, EXPIRED, { times: Infinity });
      const error = await refusalOf(store.putIfAbsent('expired/b', BODY, plainPut(BODY)));
      expect(error.code).toBe('STORE-DENIED');
      expect(error.hint).toMatch(/expired and their source has no fresh ones/);
      expect(s3().proxy.seen).toHaveLength(3);
    });
  });

  test('that a program gives are fetched anew from it', async () => {
    const counter = join(home, 'count');
    const session = '{"Version":1,"AccessKeyId":"KEY%s","SecretAccessKey":"secret"}';
    const program = join(home, 'sessions.sh');
    await writeFile(program, `echo >>${counter}; printf '${session}' $(wc -l <${counter})\n`);
    await writeFile(join(home, 'config'), `[default]\ncredential_process = sh ${program}\n`);
    const store = await open();
    s3().proxy.inject({ method: 'PUT' }, EXPIRED);
    await store.putIfAbsent('expired/c', BODY, plainPut(BODY));
    expect(signers()).toEqual(['KEY1', 'KEY2']);
  });

  test('in a file that was rewritten are read again', async () => {
    const file = join(home, 'credentials');
    const session = (key: string): string =>
      `[default]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`;
    await writeFile(file, session('OLD'));
    const store = await open();
    s3().proxy.inject({ method: 'PUT' }, async ({ send }) => {
      await writeFile(file, session('NEW'));
      send(refusal(400, 'ExpiredToken'));
    });
    await store.putIfAbsent('expired/d', BODY, plainPut(BODY));
    expect(signers()).toEqual(['OLD', 'NEW']);
  });

  test.each([
    { name: 'SignatureDoesNotMatch', status: 403 },
    { name: 'AccessDenied', status: 403 },
    { name: 'KMS.DisabledException', status: 400 },
  ])('refused as $name are not tried again', async ({ name, status }) => {
    await startEndpoint();
    s3().proxy.inject({}, refuse(status, name), { times: Infinity });
    const store = await open();
    expect(await codeOf(store.putIfAbsent('a', BODY, plainPut(BODY)))).toBe('STORE-DENIED');
    expect(s3().proxy.seen).toHaveLength(1);
  });
});
