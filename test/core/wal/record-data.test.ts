import { describe, expect, test } from 'vitest';
import { findMainData, isSwitchRecord } from '../../../lib/core/wal/record-data.ts';
import { record } from '../../support/wal-writer.ts';

describe('isSwitchRecord', () => {
  test('tells a switch of WAL from its neighbours', () => {
    const body = Buffer.alloc(0);
    expect(isSwitchRecord(record(0, 0x40, 0, body))).toBe(true);
    expect(isSwitchRecord(record(0, 0x41, 0, body))).toBe(true);
    expect(isSwitchRecord(record(0, 0x30, 0, body))).toBe(false);
    expect(isSwitchRecord(record(0, 0xc0, 0, body))).toBe(false);
    expect(isSwitchRecord(record(1, 0x40, 0, body))).toBe(false);
    expect(isSwitchRecord(Buffer.alloc(0))).toBe(false);
  });
});

describe('findMainData', () => {
  test.each([
    ['short data', [255, 3, 1, 2, 3], 26],
    ['long data', [254, 3, 0, 0, 0, 1, 2, 3], 29],
    ['an origin and a top-level id before it', [253, 1, 0, 252, 9, 0, 0, 0, 255, 1, 1], 34],
    ['a block reference', [0, 0, 0, 0, 255, 1, 1], undefined],
    ['nothing', [], undefined],
  ])('of %s', (_, body, at) => {
    expect(findMainData(record(0, 0, 0, Buffer.from(body)))).toBe(at);
  });
});
