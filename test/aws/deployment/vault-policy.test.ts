import { beforeAll, describe, expect, test } from 'vitest';
import type { PolicyStatement } from '../../support/iam-evaluator.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import type { S3Request } from './s3-access.ts';
import {
  IF_ABSENT,
  IF_SAME,
  OBJECTS,
  put,
  synthesizedVault,
  tag,
  TAGGER,
  lock,
  LOCKER,
} from './vault-fixture.ts';
import { administrator, decide, type Identity, roleCalled, type Vault } from './vault.ts';

const SSE = 'x-amz-server-side-encryption';

let vault: Vault;
let anybody: Identity;
beforeAll(async () => {
  vault = await synthesizedVault();
  anybody = administrator(vault);
}, SHARED_WORK_MS);

type Ruling = readonly [S3Request, string];

/** The same rows, each with what becomes of it: `allowed`, or the statements that deny. */
function ruled(rows: readonly Ruling[], who: Identity = anybody): readonly Ruling[] {
  return rows.map(([request]) => {
    const { decision, by } = decide(vault, who, request);
    return [request, decision === 'denied' ? by.join() : decision];
  });
}

describe('whatever other policies allow', () => {
  test('nothing is created without If-None-Match', () => {
    const rows: readonly Ruling[] = [
      [put(OBJECTS.wal, IF_ABSENT), 'allowed'],
      [put(OBJECTS.wal), 'NobodyOverwrites'],
      [put(OBJECTS.wal, IF_SAME), 'NobodyOverwrites'],
      [put('elsewhere'), 'NobodyOverwrites'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });

  test('an upload in parts is held to it at its end, when it becomes an object', () => {
    const key = OBJECTS.base;
    const complete = { method: 'POST', key, query: { uploadId: 'u' } };
    const rows: readonly Ruling[] = [
      [{ method: 'POST', key, query: { uploads: '' } }, 'allowed'],
      [{ method: 'PUT', key, query: { partNumber: '1', uploadId: 'u' } }, 'allowed'],
      [{ ...complete, headers: IF_ABSENT }, 'allowed'],
      [complete, 'NobodyOverwrites'],
      [{ ...complete, headers: IF_SAME }, 'NobodyOverwrites'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });

  test('a lease is created or compared and swapped', () => {
    const rows: readonly Ruling[] = [
      [put(OBJECTS.lease, IF_ABSENT), 'allowed'],
      [put(OBJECTS.lease, IF_SAME), 'allowed'],
      [put(OBJECTS.lease), 'LeasesAreComparedAndSwapped'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });

  test('objects are encrypted under the cluster’s key', () => {
    const encrypted = (headers: Readonly<Record<string, string>>): S3Request =>
      put(OBJECTS.wal, { ...IF_ABSENT, ...headers });
    const upload = (headers: Readonly<Record<string, string>>): S3Request => ({
      method: 'POST',
      key: OBJECTS.base,
      query: { uploads: '' },
      headers,
    });
    const own = { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: vault.keyArn };
    const other = { ...own, [`${SSE}-aws-kms-key-id`]: vault.keyArn.replace(/.$/, 'x') };
    const clients = { [`${SSE}-customer-algorithm`]: 'AES256' };
    const rows: readonly Ruling[] = [
      // As the bucket's own setting says.
      [encrypted({}), 'allowed'],
      [encrypted(own), 'allowed'],
      [encrypted(other), 'NoOtherKey'],
      // S3 would take the key that the account has for it, whatever the bucket's setting.
      [encrypted({ [SSE]: 'aws:kms' }), 'NoOtherKey'],
      [encrypted({ [SSE]: 'AES256' }), 'NoOtherEncryption,NoOtherKey'],
      [encrypted(clients), 'NoKeyOfTheClient'],
      [upload(own), 'allowed'],
      [upload(other), 'NoOtherKey'],
      [upload({ [SSE]: 'AES256' }), 'NoOtherEncryption,NoOtherKey'],
      [upload(clients), 'NoKeyOfTheClient'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });

  test('nothing travels unencrypted, or under an old TLS', () => {
    const get = { method: 'GET', key: OBJECTS.wal };
    const rows: readonly Ruling[] = [
      [get, 'allowed'],
      [{ ...get, tls: 'none' }, 's3:*'],
      [{ ...get, tls: '1.1' }, 's3:*'],
      [{ ...put(OBJECTS.wal, IF_ABSENT), tls: 'none' }, 's3:*'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });

  test('nobody tags, neither later nor while an object is created', () => {
    const due = { 'holdfast-expiry': 'due' };
    const rows: readonly Ruling[] = [
      [tag(OBJECTS.wal, due), 'OneRoleTags'],
      [{ method: 'DELETE', key: OBJECTS.wal, query: { tagging: '' } }, 'OneRoleTags'],
      [put(OBJECTS.wal, { ...IF_ABSENT, 'x-amz-tagging': 'holdfast-expiry=due' }), 'OneRoleTags'],
    ];
    expect(ruled(rows)).toStrictEqual(rows);
  });
});

test('the tagger’s role sets one tag, to one of two values', () => {
  const statement: PolicyStatement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const tagger = {
    arn: roleCalled(vault, TAGGER).arn,
    policies: [{ Statement: [statement] }],
  };
  const rows: readonly Ruling[] = [
    [tag(OBJECTS.wal, { 'holdfast-expiry': 'due' }), 'allowed'],
    [tag(OBJECTS.wal, { 'holdfast-expiry': 'kept' }), 'allowed'],
    [tag(OBJECTS.wal, { 'holdfast-expiry': 'never' }), 'TwoValuesAreSet'],
    [tag(OBJECTS.wal, { 'holdfast-expiry': 'due', owner: 'me' }), 'OneTagIsSet'],
    [tag(OBJECTS.wal, { owner: 'me' }), 'OneTagIsSet,TwoValuesAreSet'],
    [tag(OBJECTS.wal, {}), 'TwoValuesAreSet'],
    [{ method: 'DELETE', key: OBJECTS.wal }, 'NobodyDeletes'],
  ];
  expect(ruled(rows, tagger)).toStrictEqual(rows);
});

test('the locker’s role lengthens locks, in the environment’s mode, as far as anything is kept', () => {
  const statement: PolicyStatement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const locker = {
    arn: roleCalled(vault, LOCKER).arn,
    policies: [{ Statement: [statement] }],
  };
  const key = OBJECTS.wal;
  const rows: readonly Ruling[] = [
    [lock(key, 373), 'allowed'],
    [lock(key, 374), 'NoLockOutlivesItsReason'],
    [lock(key, 300, 'COMPLIANCE'), 'NoOtherModeOfLocks'],
    // Takes the lock away.
    [{ method: 'PUT', key, query: { retention: '' } }, 'NoOtherModeOfLocks'],
    [{ method: 'PUT', key, query: { 'legal-hold': '' } }, 'NobodyPutsLegalHolds'],
    [
      {
        method: 'PUT',
        key,
        query: { retention: '' },
        lock: { mode: 'GOVERNANCE', days: 1 },
        headers: { 'x-amz-bypass-governance-retention': 'true' },
      },
      'NobodyDeletes',
    ],
    [{ method: 'DELETE', key, query: { versionId: 'v1' } }, 'NobodyDeletes'],
    [tag(key, { 'holdfast-expiry': 'due' }), 'OneRoleTags'],
  ];
  expect(ruled(rows, locker)).toStrictEqual(rows);
  expect(ruled([[lock(key, 300), 'OneRoleLocks']])).toStrictEqual([
    [lock(key, 300), 'OneRoleLocks'],
  ]);
});
