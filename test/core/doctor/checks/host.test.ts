import { describe, expect, test } from 'vitest';
import type { DirectoryFacts, SpoolFacts } from '../../../../lib/core/doctor/host-facts.ts';
import type { ServerDescription } from '../../../../lib/core/ports/cluster-server.ts';
import { before, judged } from '../seen-facts.ts';

const RUNTIME = { nodeVersion: '24.21.0', uid: 0, passwordFile: undefined };
const DATA: DirectoryFacts = {
  path: '/data',
  uid: 105,
  owner: 'postgres',
  mode: 0o700,
  leftOvers: [],
  walLink: undefined,
};
const SPOOL: SpoolFacts = {
  path: '/spool',
  isDirectory: true,
  uid: 105,
  mode: 0o700,
  isInDataDirectory: false,
  identity: '7',
  archive: 'cluster orders in file:///store',
  wantedArchive: 'cluster orders in file:///store',
  isScriptCurrent: true,
  beatAt: before(1),
  isLocked: true,
};
const PROGRAMS = { directory: '/bin15', major: 15, missing: [], explicit: false, isOpen: false };

describe('the machine', () => {
  test.each([
    ['24.0.0', 'ok'],
    ['25.1.0', 'ok'],
    ['22.22.1', 'fail'],
  ])('Node %s is %s', (nodeVersion, status) => {
    expect(judged('node-version', { runtime: { ...RUNTIME, nodeVersion } }).status).toBe(status);
  });

  test.each([
    [[], 15, 'fail'],
    [[PROGRAMS], 15, 'ok'],
    [[PROGRAMS], 18, 'fail'],
    [[PROGRAMS, { ...PROGRAMS, major: 18 }], 18, 'ok'],
    [[{ ...PROGRAMS, missing: ['psql'] }], 15, 'fail'],
  ])('programs %j for a server of version %i are %s', (programs, major, status) => {
    const server = { major } as ServerDescription;
    expect(judged('postgres-programs', { programs, server }).status).toBe(status);
  });

  test('programs of any version do while no server and no archive is seen', () => {
    expect(judged('postgres-programs', { programs: [PROGRAMS] }).status).toBe('ok');
  });

  test.each([
    [{ explicit: false }, 'ok'],
    [{}, 'ok'],
    [{ isOpen: true }, 'fail'],
    [{ missing: ['initdb'] }, 'fail'],
  ])('PGBIN with %j is %s', (change, status) => {
    const programs = [{ ...PROGRAMS, explicit: true, ...change }];
    expect(judged('pgbin', { programs }).status).toBe(status);
  });

  test.each([
    [{ flock: false }, 'fail'],
    [{ findmnt: false }, 'warn'],
    [{ zstd: false }, 'ok'],
  ])('tools of which %j are %s', (tools, status) => {
    expect(judged('tools', { tools: new Map(Object.entries(tools)) }).status).toBe(status);
  });
});

describe('the data directory', () => {
  test.each([
    ['data-dir-owner', { uid: 0 }, {}, 'fail'],
    ['data-dir-owner', {}, { uid: 105 }, 'ok'],
    ['data-dir-owner', {}, { uid: 1000 }, 'fail'],
    ['data-dir-owner', {}, { uid: undefined }, 'ok'],
    ['data-dir-mode', { mode: 0o750 }, {}, 'ok'],
    ['data-dir-mode', { mode: 0o755 }, {}, 'fail'],
    ['data-dir-mode', { mode: 0o770 }, {}, 'fail'],
  ])('%s with %j, looked at with %j, is %s', (id, data, self, status) => {
    const facts = { dataDirectory: { ...DATA, ...data }, runtime: { ...RUNTIME, ...self } };
    expect(judged(id, facts).status).toBe(status);
  });

  test.each([
    [['standby.signal'], true, 'ok'],
    [['standby.signal'], false, 'fail'],
    [['backup_label'], true, 'fail'],
    [[], false, 'ok'],
  ])('left-overs %j, in recovery %j, are %s', (leftOvers, inRecovery, status) => {
    const server = { inRecovery } as ServerDescription;
    const verdict = judged('data-dir-left-overs', {
      dataDirectory: { ...DATA, leftOvers },
      server,
    });
    expect(verdict.status).toBe(status);
  });
});

test('left-overs are looked for while the server is down too', () => {
  const leftOvers = ['standby.signal'];
  const verdict = judged('data-dir-left-overs', { dataDirectory: { ...DATA, leftOvers } });
  expect(verdict.status).toBe('ok');
  const interrupted = { ...DATA, leftOvers: ['holdfast-recovery'] };
  expect(judged('data-dir-left-overs', { dataDirectory: interrupted }).status).toBe('fail');
});

describe('the spool', () => {
  test.each([
    ['spool-safe', {}, 'ok'],
    ['spool-safe', { isDirectory: false }, 'fail'],
    ['spool-safe', { mode: 0o750 }, 'fail'],
    ['spool-safe', { isInDataDirectory: true }, 'fail'],
    ['spool-owner', { uid: 0 }, 'fail'],
    ['spool-archive', { archive: 'cluster other in file:///store' }, 'fail'],
    ['spool-archive', { archive: undefined }, 'fail'],
    ['spool-script', { isScriptCurrent: false }, 'warn'],
    ['agent-heartbeat', { beatAt: undefined }, 'fail'],
    ['agent-heartbeat', { beatAt: before(5) }, 'ok'],
    ['agent-heartbeat', { beatAt: before(6) }, 'fail'],
    ['agent-heartbeat', { beatAt: before(-3) }, 'ok'],
    ['agent-lock', {}, 'ok'],
    ['agent-lock', { isLocked: undefined }, 'skipped'],
    ['agent-lock', { isLocked: false }, 'warn'],
    ['agent-lock', { isLocked: false, beatAt: undefined }, 'skipped'],
    ['agent-lock', { beatAt: before(60) }, 'fail'],
  ])('%s with %j is %s', (id, change, status) => {
    const facts = { spool: { ...SPOOL, ...change }, dataDirectory: DATA };
    expect(judged(id, facts).status).toBe(status);
  });
});

describe('room', () => {
  test.each([
    [100, 'ok'],
    [10, 'ok'],
    [9, 'warn'],
    [4, 'warn'],
    [3, 'fail'],
    [0, 'fail'],
  ])('%i of 100 bytes free is %s', (freeBytes, status) => {
    const dataRoom = { path: '/data', freeBytes, totalBytes: 100 };
    expect(judged('room-data', { dataRoom }).status).toBe(status);
  });

  test('of a bucket is nobody’s worry', () => {
    expect(judged('room-store', { storeRoom: undefined }).status).toBe('skipped');
  });
});
