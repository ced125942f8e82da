import { describe, expect, test } from 'vitest';
import { SLOT_CHECKS } from '../../../../lib/core/health/checks/slots.ts';
import type { Known } from '../../../../lib/core/health/known.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { knownServer } from './known-server.ts';

const ROOM = checkOf(SLOT_CHECKS, 'A15');
const RETENTION = checkOf(SLOT_CHECKS, 'A16');
const MIB = 1_048_576;
const limited = (max = '1000', kept = '0'): Known =>
  knownServer({
    settings: new Map([
      ['max_slot_wal_keep_size', max],
      ['wal_keep_size', kept],
      ['wal_segment_size', String(16 * MIB)],
    ]),
  });
const SLOT = { slot: 'reader', status: 'reserved', conflicting: false, reason: null };
const room = (slot: object, known = limited()): unknown =>
  ROOM.judge([{ ...SLOT, ...slot }], known);

describe('A15 slot-room', () => {
  test.each([
    [{ safeBytes: String(500 * MIB) }, 'ok', 50],
    [{ status: 'extended', safeBytes: String(200 * MIB) }, 'warn', 20],
    [{ status: 'extended', safeBytes: String(99 * MIB) }, 'page', 9.9],
    [{ status: 'unreserved', safeBytes: '0' }, 'page', 0],
    [{ status: 'lost', safeBytes: null }, 'page', 0],
    [{ status: null, safeBytes: null }, 'ok', 100],
    [{ safeBytes: String(2_000 * MIB) }, 'ok', 100],
    [{ safeBytes: null, conflicting: true }, 'page', 0],
  ] as const)('%o: %s', (slot, standing, percent) => {
    expect(room(slot)).toMatchObject({ standing, values: { SlotRoomPercent: percent } });
  });

  test('says why a slot was invalidated, where the server does', () => {
    const findings = [{ subject: 'reader', says: 'lost: idle_timeout' }];
    expect(room({ status: 'lost', safeBytes: null, reason: 'idle_timeout' })).toMatchObject({
      findings,
    });
  });

  test('reckons with wal_keep_size where that keeps more, and with a segment at least', () => {
    const bytes = { safeBytes: String(4 * MIB) };
    expect(room(bytes, limited('0'))).toMatchObject({ values: { SlotRoomPercent: 25 } });
    expect(room(bytes, limited('10', '40'))).toMatchObject({ values: { SlotRoomPercent: 10 } });
  });

  test('is blind when the server does not say what a limited slot has left', () => {
    expect(room({ safeBytes: null })).toMatchObject({ standing: 'blind' });
    expect(room({ safeBytes: null }, limited('-1'))).toMatchObject({ standing: 'ok' });
  });
});

describe('the queries', () => {
  test.each([
    [15, [], ['coalesce(conflicting', 'invalidation_reason', 'inactive_since']],
    [16, ['coalesce(conflicting'], ['invalidation_reason', 'inactive_since']],
    [17, ['coalesce(conflicting', 'invalidation_reason', 'inactive_since'], []],
  ])('name columns of %i alone', (major, there, notThere) => {
    const { server } = knownServer({ major });
    const text = JSON.stringify([ROOM.query(server), RETENTION.query(server)]);
    for (const column of there) expect(text).toContain(column);
    for (const column of notThere) expect(text).not.toContain(column);
  });
});

describe('A16 slot-retention', () => {
  const nowSec = limited().server.now.getTime() / 1_000;
  const slot = { slot: 'reader', active: false, bytes: '7' };

  test('warns of a slot that was left alone for long, however little it keeps, and never pages for it', () => {
    const left = RETENTION.judge([{ ...slot, inactiveSince: nowSec - 200_000 }], limited());
    expect(left).toMatchObject({ standing: 'warn', values: { SlotRetainedBytes: 7 } });
    expect(left.findings?.[0]).toMatchObject({ subject: 'reader' });
    const fresh = RETENTION.judge([{ ...slot, inactiveSince: nowSec - 60 }], limited());
    expect(fresh).toMatchObject({ standing: 'ok', findings: [] });
    const active = { ...slot, active: true, inactiveSince: null };
    expect(RETENTION.judge([active], limited())).toMatchObject({ standing: 'ok', counters: {} });
  });

  test.each([
    [599, undefined, '1000', 'ok'],
    [601, undefined, '1000', 'warn'],
    [801, undefined, '1000', 'page'],
    [801, 8_000, '1000', 'page'],
    [251, 1_000, '1000', 'page'],
    [801, 100_000, '-1', 'ok'],
    [26_000, 100_000, '-1', 'page'],
    [26_000, undefined, '-1', 'ok'],
  ])(
    'of %i MiB on a volume of %s with a limit of %s is %s',
    (keptMib, volumeMib, max, standing) => {
      const known = limited(max);
      const volumeBytes = volumeMib === undefined ? undefined : volumeMib * MIB;
      const rows = [{ ...slot, active: true, bytes: String(keptMib * MIB), inactiveSince: null }];
      expect(
        RETENTION.judge(rows, { ...known, cluster: { ...known.cluster, volumeBytes } }),
      ).toMatchObject({ standing });
    },
  );

  test('counts nothing for a slot that is lost, which may still say from where it would read', () => {
    const { server } = knownServer({});
    expect(RETENTION.query(server)).toMatch(/CASE WHEN wal_status = 'lost' THEN 0\s+ELSE/);
  });

  test('is blind to a row without numbers', () => {
    const row = { ...slot, bytes: null, inactiveSince: null };
    expect(RETENTION.judge([row], limited())).toMatchObject({ standing: 'blind' });
  });
});
