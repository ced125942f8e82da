import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../../bench/settings/options.ts';
import { type PgbenchRun, settingsReport } from '../../../bench/settings/report.ts';

const setup = {
  cores: 2,
  processor: 'some processor',
  machineBytes: 24 * 2 ** 30,
  formulaBytes: 8 * 2 ** 30,
  version: 'PostgreSQL 18.6',
  databaseBytes: 3.04e9,
  clients: 8,
  seconds: 60,
  settings: ['shared_buffers = 1856MB'],
};

function run(transactionsPerSec: number, walBytesPerTransaction: number): PgbenchRun {
  return { transactionsPerSec, walBytesPerTransaction, load: transactionsPerSec / 1_000 };
}

describe('the report of the settings', () => {
  test('has medians, ratios of pairs and the load, whatever it was', () => {
    const pairs = [
      { initdb: run(1_000, 900), formula: run(1_500, 500) },
      { initdb: run(2_000, 800), formula: run(2_200, 600) },
      { initdb: run(1_100, 850), formula: run(2_200, 400) },
    ];
    const printed = settingsReport(setup, [{ work: 'TPC-B-like', pairs }]);
    expect(printed).toContain(
      '| TPC-B-like | 1100 (1000–2000) | 2200 (1500–2200) | **1.50** (1.10–2.00) | 850 B | 500 B |\n',
    );
    expect(printed).toContain('| --- | --- | --- | --- | --- | --- |\n');
    expect(printed).toContain('- load of the machine over the minute before a run: 1.0–2.2\n');
    expect(printed).toContain('3 pairs of 60 s');
  });
});

describe('its options', () => {
  test('have values unless told otherwise', () => {
    expect(parseOptions(['--pairs', '7'])).toEqual({
      pairs: 7,
      seconds: 60,
      scale: 200,
      memoryGiB: 8,
    });
  });

  test.each([
    [['--pairs', '0'], '--pairs takes'],
    [['--scale', 'big'], '--scale takes'],
    [['--speed', '9'], '--speed'],
    [['more'], 'more'],
  ])('refuse %j', (words, reason) => {
    expect(() => parseOptions(words)).toThrow(reason);
  });
});
