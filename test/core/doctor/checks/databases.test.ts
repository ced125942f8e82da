import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { DatabaseFacts, SlotFacts } from '../../../../lib/core/ports/server-inspector.ts';
import { judged } from '../seen-facts.ts';

const GIB = 1024 ** 3;
const SLOT: SlotFacts = {
  name: 'replica',
  kind: 'physical',
  isActive: true,
  walStatus: 'reserved',
  retainedBytes: 0,
};
const DATABASE: DatabaseFacts = {
  name: 'shop',
  recordedVersion: '2.36',
  actualVersion: '2.36',
  checksumFailures: 0,
};

describe('slots', () => {
  test.each([
    [{}, 'ok', '1 slot'],
    [{ retainedBytes: 100 * GIB }, 'ok', '1 slot'],
    [{ isActive: false }, 'warn', 'nobody reads replica'],
    [{ isActive: false, retainedBytes: 11 * GIB }, 'warn', 'keeps 11.0 GiB'],
    [{ walStatus: 'extended' }, 'ok', '1 slot'],
    [{ walStatus: 'unreserved' }, 'fail', 'next checkpoint'],
    [{ walStatus: 'lost', isActive: false }, 'fail', 'has lost WAL'],
    [{ walStatus: undefined }, 'ok', '1 slot'],
  ])('%j is %s: %s', (change, status, saw) => {
    const verdict = judged('slots', { slots: [{ ...SLOT, ...change }] });
    expect(verdict).toMatchObject({ status, saw: expect.stringContaining(saw) });
  });

  test('the worst of several is named', () => {
    const slots = [
      { ...SLOT, name: 'idle', isActive: false },
      { ...SLOT, name: 'gone', walStatus: 'lost' },
    ];
    expect(judged('slots', { slots })).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining("pg_drop_replication_slot('gone')"),
    });
  });
});

describe('prepared transactions', () => {
  test.each([
    [0, 0, 'ok'],
    [1, 3_599, 'ok'],
    [1, 3_600, 'warn'],
  ])('%i, the oldest for %i s, is %s', (count, oldestSec, status) => {
    expect(judged('prepared-transactions', { prepared: { count, oldestSec } }).status).toBe(status);
  });
});

describe('a name that was chosen to harm whoever pastes a fix', () => {
  const name = `x"; DROP TABLE t; --'; echo harmed; '$(echo harmed)`;

  test('stays a name', () => {
    const { fix } = judged('collation-versions', {
      databases: [{ ...DATABASE, name, actualVersion: '2' }],
    });
    const script = `psql() { printf '%s\\n' "$@"; }; ${fix}`;
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    const quoted = `"${name.replaceAll('"', '""')}"`;
    expect(stdout.trim().split('\n')).toEqual([
      '-d',
      name,
      '-c',
      `REINDEX DATABASE ${quoted}`,
      '-c',
      `ALTER DATABASE ${quoted} REFRESH COLLATION VERSION`,
    ]);
  });
});

describe('collations and checksums', () => {
  test.each([
    [{}, 'ok'],
    [{ recordedVersion: undefined, actualVersion: undefined }, 'ok'],
    [{ recordedVersion: undefined }, 'ok'],
    [{ actualVersion: '2.41' }, 'warn'],
    [{ actualVersion: undefined }, 'warn'],
  ])('a collation with %j is %s', (change, status) => {
    const verdict = judged('collation-versions', { databases: [{ ...DATABASE, ...change }] });
    expect(verdict.status).toBe(status);
    expect(verdict.fix?.includes('REFRESH COLLATION VERSION') ?? false).toBe(status === 'warn');
  });

  test('one damaged page anywhere fails', () => {
    const databases = [DATABASE, { ...DATABASE, name: 'other', checksumFailures: 1 }];
    expect(judged('page-checksums', { databases: [DATABASE] }).status).toBe('ok');
    expect(judged('page-checksums', { databases })).toMatchObject({
      status: 'fail',
      saw: 'other: 1 failures',
    });
  });
});
