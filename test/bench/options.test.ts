import { expect, test } from 'vitest';
import { parseOptions } from '../../bench/options.ts';
import { ROW_NAMES } from '../../bench/rows/row.ts';

test('without options everything is measured at full scale', () => {
  expect(parseOptions([])).toEqual({
    rows: ROW_NAMES,
    kinds: ['pgbench', 'random'],
    scale: 'full',
    runs: undefined,
    json: undefined,
  });
});

test('rows are run in the order of the table, each once', () => {
  const { rows } = parseOptions(['--only', 'restore,drain', '--only', 'drain']);
  expect(rows).toEqual(['drain', 'restore']);
});

test.each([
  [['--only', 'speed'], '--only takes drain'],
  [['--scale', 'huge'], '--scale takes small'],
  [['--data', 'text'], '--data takes pgbench'],
  [['--runs', '0'], '--runs takes a whole number'],
  [['--runs', '2.5'], '--runs takes a whole number'],
  [['--fast'], "Unknown option '--fast'"],
])('fails when asked for %j', (words, reason) => {
  expect(() => parseOptions(words)).toThrow(reason);
});
