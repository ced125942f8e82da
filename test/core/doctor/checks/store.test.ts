import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../../lib/core/doctor/facts.ts';
import type { ServerDescription } from '../../../../lib/core/ports/cluster-server.ts';
import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import { before, judged } from '../seen-facts.ts';

const SELF = { instance: 'machine:1', volume: 'uuid:1', dataDirInode: '1' };
const WRITER = { ...SELF, epoch: 2, timeline: 3, since: before(9) };
const SEGMENT = '000000010000000000000002';
const BACKUP = {
  id: 'a-backup',
  timeline: 1,
  segmentBytes: 16 * 1024 ** 2,
  startSegment: SEGMENT,
  stopSegment: SEGMENT,
  finishedAt: before(60),
  checksumFailures: [],
} as unknown as BackupRecord;
const ARCHIVE = {
  runs: [{ timeline: 1, first: 2n, last: 9n }],
  histories: new Map([[1, { timeline: 1, parents: [] }]]),
  damagedHistories: new Map(),
  strangers: [],
  newestAt: before(1),
} as unknown as Facts['archive'];

function backups(change: Partial<BackupRecord> = {}): Facts['backups'] {
  return { backups: [{ ...BACKUP, ...change }], incomplete: [] };
}

describe('a clock', () => {
  test.each([
    [0, 0, 'ok'],
    [2_000, 0, 'ok'],
    [2_001, 0, 'warn'],
    [-60_000, 0, 'warn'],
    [-60_001, 0, 'fail'],
    [60_001, 1, 'warn'],
    [0, 60_001, 'skipped'],
  ])('%i ms ahead, known to %i ms, is %s', (aheadMs, uncertaintyMs, status) => {
    const verdict = judged('server-clock', { serverClock: { aheadMs, uncertaintyMs } });
    expect(verdict.status).toBe(status);
  });

  test('is never blamed for what the question took', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (uncertaintyMs) => {
        const storeClock = { aheadMs: uncertaintyMs, uncertaintyMs };
        const { status } = judged('store-clock', { storeClock });
        expect(['ok', 'skipped']).toContain(status);
      }),
    );
  });

  test.each([
    [before(5), 'ok'],
    [before(-5), 'warn'],
    [before(-61), 'fail'],
    [undefined, 'skipped'],
  ])('of a folder whose newest object is of %s is %s', (newestAt, status) => {
    const facts = { storeClock: undefined, archive: { ...ARCHIVE, newestAt } };
    expect(judged('store-clock', facts).status).toBe(status);
  });
});

describe('the writer', () => {
  test.each([
    [{}, 'ok'],
    [{ instance: 'machine:2' }, 'fail'],
    [{ volume: 'uuid:2' }, 'fail'],
    [{ dataDirInode: '2' }, 'fail'],
  ])('of whom %j differs is %s', (change, status) => {
    const verdict = judged('writer', { writer: WRITER, self: { ...SELF, ...change } });
    expect(verdict.status).toBe(status);
    expect(verdict.fix?.includes('--take-over') ?? false).toBe(status === 'fail');
  });

  test.each([
    [3, false, 'ok'],
    [4, false, 'warn'],
    [2, false, 'fail'],
    [2, true, 'warn'],
  ])('on timeline 3, a server on %i (in recovery %j) is %s', (timeline, inRecovery, status) => {
    const server = { timeline, inRecovery } as ServerDescription;
    expect(judged('writer-timeline', { writer: WRITER, server }).status).toBe(status);
  });
});

/** Timeline 1 is written, and there is no other. */
const FIRST_LIFE = { archive: ARCHIVE, writer: { ...WRITER, timeline: 1 } };

describe('backups', () => {
  test.each([
    [26 * 3_600, 'ok'],
    [26 * 3_600 + 1, 'warn'],
  ])('finished %i s ago are %s', (age, status) => {
    const facts = { ...FIRST_LIFE, backups: backups({ finishedAt: before(age) }) };
    expect(judged('backup-age', facts).status).toBe(status);
  });

  test('none at all fails, and leaves nothing to restore', () => {
    const none = { backups: [], incomplete: [] };
    expect(judged('backup-age', { ...FIRST_LIFE, backups: none }).status).toBe('fail');
    expect(judged('backup-restorable', { ...FIRST_LIFE, backups: none }).status).toBe('skipped');
  });

  test('without their WAL fail', () => {
    const facts = { ...FIRST_LIFE, backups: backups() };
    const archive = { ...ARCHIVE, runs: [] };
    expect(judged('backup-restorable', facts).status).toBe('ok');
    expect(judged('backup-restorable', { ...facts, archive }).status).toBe('fail');
  });

  test.each([
    ['BACKUP-FAILED', 'ok'],
    ['STORE-ABSENT', 'fail'],
    ['STORE-CORRUPT', 'fail'],
  ] as const)('one that is incomplete by %s is %s', (code, status) => {
    const incomplete = [{ id: 'b', code, object: 'base/b', reason: 'a part is missing' }];
    const facts = { backups: { backups: [BACKUP], incomplete } };
    expect(judged('backup-incomplete', facts).status).toBe(status);
  });

  test('with a damaged page fail', () => {
    const facts = { backups: backups({ checksumFailures: ['base/5/1259'] }) };
    expect(judged('backup-checksums', facts)).toMatchObject({
      status: 'fail',
      saw: 'a-backup: base/5/1259',
    });
  });
});

describe('histories', () => {
  test.each([
    ['all there', {}, 'ok'],
    ['one missing', { runs: [{ timeline: 2, first: 1n, last: 1n }] }, 'fail'],
    ['one damaged', { damagedHistories: new Map([[2, new Error('damaged')]]) }, 'fail'],
  ])('%s', (_, change, status) => {
    const archive = { ...ARCHIVE, ...change } as Facts['archive'];
    expect(judged('histories', { archive }).status).toBe(status);
  });
});
