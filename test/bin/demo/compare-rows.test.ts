import { describe, expect, test } from 'vitest';
import { compareRows, type Rows } from '../../../bin/demo/compare-rows.ts';
import type { LedgerRow } from '../../../bin/demo/ledger.ts';

const ROW_1: LedgerRow = { id: '1', account: 'ACC-1', amountCents: '100', memo: 'entry' };
const ROW_2: LedgerRow = { id: '2', account: 'ACC-2', amountCents: '-5', memo: 'entry' };
const ROWS = rowsOf([ROW_1, ROW_2], ['a', 'b', 'b']);

function rowsOf(
  ledger: readonly LedgerRow[],
  history: readonly string[],
  heartbeat = '2026-11-22 00:00:00+00',
): Rows {
  return {
    ledger: new Map(ledger.map((row) => [row.id, row])),
    tables: new Map([['pgbench_history', history]]),
    heartbeat,
  };
}

describe('compareRows', () => {
  test('finds every row again, whatever the order', () => {
    const { id, account, amountCents, memo } = ROW_1;
    const reordered = rowsOf([ROW_2, { memo, amountCents, account, id }], ['b', 'a', 'b']);
    expect(compareRows(ROWS, reordered)).toEqual({
      committed: 6,
      recovered: 6,
      lost: [],
      unexpectedCount: 0,
    });
  });

  test('names a missing row', () => {
    const actual = rowsOf([ROW_2], ['a', 'b', 'b']);
    expect(compareRows(ROWS, actual)).toEqual({
      committed: 6,
      recovered: 5,
      lost: ['ledger 1'],
      unexpectedCount: 0,
    });
  });

  test.each([
    ['account', { ...ROW_2, account: 'ACC-3' }],
    ['amount', { ...ROW_2, amountCents: '5' }],
    ['memo', { ...ROW_2, memo: 'entry, corrected' }],
  ])('names a row whose %s changed', (_, changed) => {
    const found = compareRows(ROWS, rowsOf([ROW_1, changed], ['a', 'b', 'b']));
    expect(found).toMatchObject({ recovered: 5, lost: ['ledger 2'], unexpectedCount: 0 });
  });

  test('counts a row that nobody committed', () => {
    const extra = { ...ROW_1, id: '3' };
    const found = compareRows(ROWS, rowsOf([ROW_1, ROW_2, extra], ['a', 'b', 'b', 'c']));
    expect(found).toMatchObject({ recovered: 6, lost: [], unexpectedCount: 2 });
  });

  test('tells how often a row without a key is there', () => {
    const twice = compareRows(ROWS, rowsOf([ROW_1, ROW_2], ['a', 'a', 'b', 'b']));
    expect(twice).toMatchObject({ recovered: 6, lost: [], unexpectedCount: 1 });
    const once = compareRows(ROWS, rowsOf([ROW_1, ROW_2], ['a', 'b']));
    expect(once).toMatchObject({ recovered: 5, unexpectedCount: 0 });
    expect(once.lost).toEqual(['pgbench_history b #2']);
  });

  test('names every row of a table that is gone', () => {
    const found = compareRows(ROWS, { ...ROWS, tables: new Map() });
    expect(found).toMatchObject({ committed: 6, recovered: 3, unexpectedCount: 0 });
  });

  test('names the heartbeat when it stands elsewhere', () => {
    const found = compareRows(ROWS, { ...ROWS, heartbeat: '(none)' });
    expect(found).toMatchObject({ recovered: 5, lost: ['heartbeat'] });
  });
});
