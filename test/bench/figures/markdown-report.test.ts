import { expect, test } from 'vitest';
import { markdownReport } from '../../../bench/figures/markdown-report.ts';
import { type Entry, reportLines } from '../../../bench/figures/report.ts';

const setup = {
  cores: 2,
  processor: 'a processor',
  memoryBytes: 8 * 1024 ** 3,
  postgres: 18,
  tools: [{ name: 'holdfast', version: '1.0' }],
  missing: [{ name: 'pgBackRest', get: 'apt-get install pgbackrest' }],
  cache: 'cold',
  scale: 'full',
  runs: 3,
};
const entry = { work: 'drain', data: 'pgbench', unit: 'MB/s' } as const;
const entries: readonly Entry[] = [
  {
    ...entry,
    contestant: 'holdfast',
    samples: [{ value: 90, peakBytes: 2e8 }, { value: 110.4 }, { value: 100 }],
    targets: [
      { against: 'cp', relation: '≥', limit: 2 },
      { against: 'pgBackRest', relation: '≥', limit: 1.2 },
    ],
  },
  { ...entry, contestant: 'cp', samples: [{ value: 40, cpuSec: 1.234 }] },
  { ...entry, contestant: 'idle', samples: [] },
];

test('a report names the set-up, and has a row for every contestant that ran', () => {
  const lines = markdownReport({ setup, lines: reportLines(entries) }).split('\n');
  expect(lines.slice(0, 5)).toEqual([
    '- 2 cores (a processor), 8 GiB of memory',
    '- PostgreSQL 18; holdfast 1.0',
    '- pgBackRest was not there (apt-get install pgbackrest)',
    '- scale full, medians of 3, the tools in turns',
    '- page cache cold, the same for every tool',
  ]);
  expect(lines.slice(8)).toEqual([
    '| drain | pgbench | holdfast | 100 MB/s | 90.0–110 | – | – | 200 | ≥ 2 × cp; ≥ 1.2 × pgBackRest | met: 2.50; not measured |',
    '| drain | pgbench | cp | 40.0 MB/s | 40.0–40.0 | 1.23 | – | – |  |  |',
    '',
  ]);
});

test('a missed target stands out with its figure', () => {
  const strict: readonly Entry[] = [
    {
      ...entry,
      contestant: 'slow',
      samples: [{ value: 7 }],
      targets: [{ relation: '≥', limit: 9 }],
    },
  ];
  expect(markdownReport({ setup, lines: reportLines(strict) })).toContain(
    '| ≥ 9 MB/s | **missed**: 7.00 |',
  );
});

test('contestants are compared on the same data only', () => {
  const samples = [{ value: 5 }];
  const lines = reportLines([
    { ...entry, contestant: 'a', samples, targets: [{ against: 'b', relation: '≥', limit: 1 }] },
    { ...entry, data: 'random', contestant: 'b', samples },
  ]);
  expect(lines[0]?.verdicts[0]?.met).toBeUndefined();
});
