import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMicros } from '../../../../lib/core/wal/micros.ts';
import { formatTarget, parseTarget } from '../../../../lib/core/restore/plan/target.ts';

const refusal = expect.objectContaining({ code: 'RESTORE-TARGET', hint: expect.any(String) });

describe('parseTarget', () => {
  test.each([
    ['2026-11-22T01:02:03.123456Z', '2026-11-22T01:02:03.123456Z', '2026-11-22T01:02:03.123Z'],
    ['2026-11-22 01:02:03+05:30', '2026-11-21T19:32:03.000000Z', '2026-11-21T19:32:03.000Z'],
    ['2026-11-22 01:02:03-08', '2026-11-22T09:02:03.000000Z', '2026-11-22T09:02:03.000Z'],
    ['2026-11-22 01:02 +0100', '2026-11-22T00:02:00.000000Z', '2026-11-22T00:02:00.000Z'],
    ['2026-11-22 12:00:00.5Z', '2026-11-22T12:00:00.500000Z', '2026-11-22T12:00:00.500Z'],
    ['2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999Z'],
  ])('reads the time %s', (text, normalised, time) => {
    const micros = parseMicros(normalised);
    const expected = { kind: 'time', text: normalised, time: new Date(time), micros };
    expect(parseTarget(text)).toEqual(expected);
  });

  test.each([
    ['16/b374d848', { kind: 'lsn', lsn: 0x16_b374_d848n }],
    ['xid:735', { kind: 'xid', xid: 735n }],
    ['xid:0735', { kind: 'xid', xid: 735n }],
    ['xid:4294967299', { kind: 'xid', xid: 4_294_967_299n }],
    ['name:before upgrade', { kind: 'name', name: 'before upgrade' }],
    ['name:2026-11-22', { kind: 'name', name: '2026-11-22' }],
    ['latest', { kind: 'latest' }],
    ['immediate', { kind: 'immediate' }],
  ])('reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  test.each([
    '2026-11-22',
    '2026-11-22 01:02:03',
    '2026-11-22T01:02',
    '2026-02-29T01:02:03Z',
    '2026-02-30T01:02:03Z',
    '2026-13-01T01:02:03Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T01:60:00Z',
    '2026-11-22T01:02:60Z',
    '2026-11-22T01:02:03+16',
    '2026-11-22T01:02:03+01:60',
    '2026-11-22T01:02:03 EST',
    '2026-11-22 01:02:03 PM Z',
    '2026-11-22T01:02:03.1234567Z',
    '1969-12-31T23:59:59Z',
    'yesterday',
    '',
    'LATEST',
    '0/0',
    '16/B374D8480',
    'G/1',
    '/',
    'xid:0',
    'xid:2',
    'xid:4294967296',
    'xid:18446744073709551616',
    'xid:-5',
    'xid:',
    'name:',
    `name:${'x'.repeat(64)}`,
    'name:a\nb',
  ])('fails when the target is %j', (text) => {
    expect(() => parseTarget(text)).toThrow(refusal);
  });

  test('a name is measured in bytes, as the server does', () => {
    expect(parseTarget(`name:${'é'.repeat(31)}`)).toMatchObject({ kind: 'name' });
    expect(() => parseTarget(`name:${'é'.repeat(32)}`)).toThrow(refusal);
  });

  test('reads back every target it can format', () => {
    const micros = fc.tuple(
      fc.date({
        min: new Date('1970-01-02'),
        max: new Date('9999-12-30'),
        noInvalidDate: true,
      }),
      fc.integer({ min: 0, max: 999 }),
    );
    const time = micros.map(([date, rest]) => {
      const digits = String(rest).padStart(3, '0');
      return date.toISOString().replace('Z', `${digits}Z`);
    });
    const texts = fc.oneof(
      time,
      fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map((lsn) => formatTarget({ kind: 'lsn', lsn })),
      fc.integer({ min: 3, max: 2 ** 32 - 1 }).map((xid) => `xid:${xid}`),
      fc.string({ minLength: 1, maxLength: 15, unit: 'grapheme-ascii' }).map((n) => `name:${n}`),
      fc.constantFrom('latest', 'immediate'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const target = parseTarget(text);
        expect(parseTarget(formatTarget(target))).toEqual(target);
      }),
    );
  });

  test('the same moment is the same target in every offset', () => {
    const moment = fc.date({
      min: new Date('1971-01-01'),
      max: new Date('9999-01-01'),
      noInvalidDate: true,
    });
    const offset = fc.integer({ min: -15 * 60 - 59, max: 15 * 60 + 59 });
    fc.assert(
      fc.property(moment, offset, (time, minutes) => {
        const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(minutes);
        const pad = (n: number): string => String(n).padStart(2, '0');
        const sign = minutes < 0 ? '-' : '+';
        const text = `${local}${sign}${pad(Math.trunc(size / 60))}:${pad(size % 60)}`;
        expect(parseTarget(text)).toMatchObject({ kind: 'time', time });
      }),
    );
  });
});
