import { describe, expect, test } from 'vitest';
import { ago, everyFive, judge } from './estate-stage.ts';

const QUIET = { CorruptionErrors: ago({ 5: 0 }), AutovacuumsCancelled: ago({ 5: 0 }) };

describe('A13 corruption-logged', () => {
  test('is ok when the log of the last hour has no such error', () => {
    expect(judge('A13', { CorruptionErrors: ago({ 90: 4, 5: 0 }) })).toMatchObject({
      standing: 'ok',
    });
  });

  test('pages for one within the hour', () => {
    expect(judge('A13', { CorruptionErrors: ago({ 50: 2, 5: 0 }) })).toMatchObject({
      standing: 'page',
      says: '2 errors of corrupt data in 1 h 0 min',
    });
  });

  test('is ok when no filter has found anything, and the agent’s words still come', () => {
    const fact = { CorruptionErrors: [], MemoryAvailablePercent: ago({ 5: 60 }) };
    expect(judge('A13', fact)).toMatchObject({ standing: 'ok' });
  });

  test('is blind when nothing of the host’s log comes', () => {
    expect(judge('A13', { CorruptionErrors: [], BackendsKilled: [] })).toMatchObject({
      standing: 'blind',
      says: 'nothing of the host’s log has come, not even the agent’s words',
    });
  });

  test('is absent where no host’s log is searched', () => {
    expect(judge('A13', {}, { hostGroup: undefined })).toMatchObject({ standing: 'absent' });
  });
});

describe('C7 autovacuum-cancelled', () => {
  test('is ok with a few, and warns of many within an hour', () => {
    const few = { ...QUIET, AutovacuumsCancelled: ago({ 70: 9, 30: 3 }) };
    expect(judge('C7', few)).toMatchObject({ standing: 'ok' });
    const many = { ...QUIET, AutovacuumsCancelled: ago({ 40: 3, 30: 1 }) };
    expect(judge('C7', many)).toMatchObject({
      standing: 'warn',
      says: '4 vacuums gave way within an hour',
    });
  });

  test('is blind when nothing of the host’s log comes', () => {
    expect(judge('C7', {})).toMatchObject({ standing: 'blind' });
  });
});

describe('B15 memory', () => {
  test.each([
    [40, 'ok'],
    [10, 'warn'],
    [3, 'page'],
  ])('%s %% that can be had is %s', (percent, standing) => {
    expect(judge('B15', { MemoryAvailablePercent: ago({ 10: 50, 5: percent }) })).toMatchObject({
      standing,
      says: `${percent} % of memory can be had`,
    });
  });

  test('pages for a process that the kernel ended, however much there is now', () => {
    const fact = { MemoryAvailablePercent: ago({ 5: 60 }), BackendsKilled: ago({ 20: 1 }) };
    expect(judge('B15', fact)).toMatchObject({
      standing: 'page',
      says: '1 process ended by a signal within an hour',
    });
  });

  test('is blind when the agent does not tell, and absent without a host', () => {
    expect(judge('B15', {})).toMatchObject({ standing: 'blind' });
    expect(judge('B15', {}, { hostGroup: undefined })).toMatchObject({ standing: 'absent' });
  });
});

describe('B6 pooler-queue', () => {
  test.each([
    [1, 'ok'],
    [10, 'warn'],
    [31, 'page'],
  ])('%s s of waiting is %s', (waitSec, standing) => {
    const fact = { PoolerMaxWaitSec: ago({ 1: waitSec }) };
    expect(judge('B6', fact)).toMatchObject({ standing, says: `${waitSec} s at most` });
  });

  test('is blind when the pooler is silent, and absent without one', () => {
    expect(judge('B6', {})).toMatchObject({ standing: 'blind' });
    expect(judge('B6', {}, { hasPooler: false })).toMatchObject({ standing: 'absent' });
  });
});

describe('B16 cpu', () => {
  test.each([
    [30, 'ok'],
    [85, 'warn'],
    [97, 'page'],
  ])('%s %% for all of 15 minutes is %s', (percent, standing) => {
    const fact = { CPUUtilization: everyFive(3, () => percent) };
    expect(judge('B16', fact)).toMatchObject({ standing });
  });

  test('is ok when it was busy for a while', () => {
    const fact = { CPUUtilization: ago({ 10: 30, 5: 99, 0: 99 }) };
    expect(judge('B16', fact)).toMatchObject({
      standing: 'ok',
      says: '30 % busy at least, for 15 minutes',
    });
  });

  test('is blind without a value, and absent without a host', () => {
    expect(judge('B16', {})).toMatchObject({ standing: 'blind' });
    expect(judge('B16', {}, { hostGroup: undefined })).toMatchObject({ standing: 'absent' });
  });
});

describe.each([
  ['B17 instance-status', 'B17', 'StatusCheckFailed', { hostGroup: undefined }],
  ['B18 volume-stalled', 'B18', 'VolumeStalledIOCheck', { volumeId: undefined }],
  ['B19 volume-limits', 'B19', 'VolumeIOPSExceededCheck', { volumeId: undefined }],
] as const)('%s', (_, id, metric, missing) => {
  test('is ok while the check passes', () => {
    expect(judge(id, { [metric]: everyFive(3, () => 0) })).toMatchObject({ standing: 'ok' });
  });

  test('pages when it fails, and names it', () => {
    const fact = { [metric]: ago({ 10: 0, 5: 1 }) };
    expect(judge(id, fact)).toMatchObject({
      standing: 'page',
      says: expect.stringContaining(metric),
    });
  });

  test('is blind when CloudWatch has none, and absent where none is named', () => {
    expect(judge(id, {})).toMatchObject({ standing: 'blind' });
    expect(judge(id, {}, missing)).toMatchObject({ standing: 'absent' });
  });
});
