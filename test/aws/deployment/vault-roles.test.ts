import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateAccess } from '../../support/iam-evaluator.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import type { S3Request } from './s3-access.ts';
import {
  BACKUP_TASK,
  IF_ABSENT,
  KEYS,
  KINDS,
  type Kind,
  list,
  lock,
  LOCKER,
  OBJECTS,
  put,
  RIGHTS,
  synthesizedVault,
  tag,
  TAG_JUDGE,
  TAGGER,
} from './vault-fixture.ts';
import { decide, type Identity, roleCalled, type Vault } from './vault.ts';

const ROLES = Object.keys(RIGHTS);

let vault: Vault;
beforeAll(async () => {
  vault = await synthesizedVault();
}, SHARED_WORK_MS);

test('every role that may use the vault is known here', () => {
  const named = [...vault.roles]
    .filter(([, { policies }]) => JSON.stringify(policies).includes(vault.bucketArn))
    .map(([name]) => name);
  expect(named.sort()).toStrictEqual(ROLES.toSorted());
});

describe.each(Object.entries(RIGHTS))('%s', (name, { reads, creates, ...more }) => {
  const { uploads, hidden, tags, locks } = more;
  let role: Identity;
  beforeAll(() => {
    role = roleCalled(vault, name);
  });
  const ruling = (request: S3Request): string => decide(vault, role, request).decision;

  test('creates its own objects, whole or in parts, and no others', () => {
    for (const kind of KINDS) {
      const key = OBJECTS[kind];
      const requests: readonly S3Request[] = [
        put(key, IF_ABSENT),
        { method: 'POST', key, query: { uploads: '' } },
        { method: 'PUT', key, query: { partNumber: '1', uploadId: 'u' } },
        { method: 'POST', key, query: { uploadId: 'u' }, headers: IF_ABSENT },
      ];
      const expected = creates.includes(kind) ? 'allowed' : 'not allowed';
      expect([kind, ...new Set(requests.map(ruling))]).toStrictEqual([kind, expected]);
      const abort = ruling({ method: 'DELETE', key, query: { uploadId: 'u' } });
      expect(abort === 'allowed').toBe(creates.includes(kind) && uploads === true);
    }
  });

  test('creates nothing without a condition, nor in another cluster’s prefix', () => {
    for (const kind of KINDS) {
      expect([kind, ruling(put(OBJECTS[kind]))]).toStrictEqual([kind, 'denied']);
      const foreign = OBJECTS[kind].replace(/^orders/, 'billing');
      expect([kind, ruling(put(foreign, IF_ABSENT))]).toStrictEqual([kind, 'not allowed']);
    }
  });

  test('reads what it is for, and tells what is absent from what it may not see', () => {
    for (const kind of KINDS) {
      const key = OBJECTS[kind];
      const expected = reads.includes(kind) ? 'allowed' : 'not allowed';
      const requests: readonly S3Request[] = [
        { method: 'GET', key },
        { method: 'HEAD', key },
        { method: 'HEAD', key, isAbsent: true },
      ];
      expect([kind, ...new Set(requests.map(ruling))]).toStrictEqual([kind, expected]);
    }
  });

  test('lists its cluster', () => {
    const requests = [list('orders/'), list(`${KEYS.prefix}wal/`)];
    expect(requests.map(ruling)).toStrictEqual(requests.map(() => 'allowed'));
  });

  test('neither reads nor lists anything else', () => {
    const requests: readonly S3Request[] = [
      list(''),
      list('billing/'),
      list('orders'),
      list('orders-eu/'),
      { method: 'GET', key: 'billing/1-18/identity.json' },
      { method: 'GET', query: { versions: '', prefix: 'billing/' } },
      { method: 'GET', key: 'billing/1-18/identity.json', query: { versionId: 'v1' } },
    ];
    expect(requests.map(ruling)).toStrictEqual(requests.map(() => 'not allowed'));
    const rulings = [
      ruling({ method: 'GET', query: { versions: '', prefix: 'orders/' } }),
      ruling({ method: 'GET', key: OBJECTS.base, query: { versionId: 'v1' } }),
    ];
    expect(rulings).toStrictEqual([
      hidden === undefined ? 'not allowed' : 'allowed',
      hidden === 'read' ? 'allowed' : 'not allowed',
    ]);
  });

  test('reads tags and locks only to change them', () => {
    const asked = (query: string): readonly Kind[] =>
      KINDS.filter((kind) => {
        const request = { method: 'GET', key: OBJECTS[kind], query: { [query]: '' } };
        return ruling(request) === 'allowed';
      });
    const readsTags = name === TAG_JUDGE ? KINDS : (tags ?? []);
    // Histories lie among WAL.
    const isExtra = (kind: Kind): boolean => !readsTags.includes(kind) && kind !== 'history';
    expect(asked('tagging').filter(isExtra)).toStrictEqual([]);
    expect(asked('retention').toSorted()).toStrictEqual([...(locks ?? [])].toSorted());
  });

  test('lets go of what it may, and locks what it may, and no more', () => {
    for (const kind of KINDS) {
      const key = OBJECTS[kind];
      const due = ruling(tag(key, { 'holdfast-expiry': 'due' }));
      expect([kind, due]).toStrictEqual([kind, tags?.includes(kind) ? 'allowed' : 'denied']);
      const locked = ruling(lock(key, 300));
      const other = name === LOCKER ? 'not allowed' : 'denied';
      expect([kind, locked]).toStrictEqual([kind, locks?.includes(kind) ? 'allowed' : other]);
      for (const request of [lock(key, 9_999), lock(key, 300, 'COMPLIANCE')]) {
        expect([kind, ruling(request)]).toStrictEqual([kind, 'denied']);
      }
    }
  });

  test('neither deletes nor tags otherwise, not even while it creates', () => {
    const asDue = { 'holdfast-expiry': 'due' };
    const taggedPut = { ...IF_ABSENT, 'x-amz-tagging': 'holdfast-expiry=due' };
    for (const key of Object.values(OBJECTS)) {
      const requests: readonly S3Request[] = [
        { method: 'DELETE', key },
        { method: 'DELETE', key, query: { versionId: 'v1' } },
        tag(key, { ...asDue, owner: 'me' }),
        tag(key, { 'holdfast-expiry': 'now' }),
        put(key, { ...IF_ABSENT, 'x-amz-object-lock-mode': 'COMPLIANCE' }),
        { method: 'PUT', key, query: { 'legal-hold': '' } },
      ];
      expect(requests.map(ruling)).toStrictEqual(requests.map(() => 'denied'));
      const tagging: readonly S3Request[] = [
        { method: 'DELETE', key, query: { tagging: '' } },
        put(key, taggedPut),
      ];
      // To the one that tags, the bucket's policy leaves it; it has no right to either.
      const refusals = name === TAGGER ? ['denied', 'not allowed'] : ['denied'];
      expect(tagging.map(ruling).filter((one) => !refusals.includes(one))).toStrictEqual([]);
    }
  });

  test('uses the key through services only', () => {
    const decrypt = (context: Readonly<Record<string, string>>): string =>
      evaluateAccess(
        { action: 'kms:Decrypt', resource: vault.keyArn, context },
        {
          principal: role.arn,
          identityPolicies: role.policies,
          resourcePolicies: [vault.keyPolicy],
        },
      ).decision;
    expect(decrypt({ 'kms:ViaService': `s3.${vault.region}.amazonaws.com` })).toBe('allowed');
    expect(decrypt({ 'kms:ViaService': `rds.${vault.region}.amazonaws.com` })).toBe('not allowed');
    expect(decrypt({})).toBe('not allowed');
  });
});

test('a lease is swapped by its holder only', () => {
  const swap = put(OBJECTS.lease, { 'if-match': '"etag"' });
  const holders = ROLES.filter(
    (name) => decide(vault, roleCalled(vault, name), swap).decision === 'allowed',
  );
  expect(holders).toStrictEqual([BACKUP_TASK]);
});
