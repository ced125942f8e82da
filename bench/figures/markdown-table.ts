import type { ReportLine } from './report.ts';
import type { Verdict } from './target.ts';

const HEADINGS = [
  'work',
  'data',
  'tool',
  'median',
  'lowest–highest',
  'CPU s',
  'server CPU s',
  'memory MB',
  'target',
  'verdict',
];
const UNKNOWN = '–';
const MEGABYTE = 1_000_000;

/** The lines as a table of GitHub's Markdown, to be pasted into docs/performance.md. */
export function markdownTable(lines: readonly ReportLine[]): string {
  const rows = lines.map((line) => cells(line));
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |\n`)
    .join('');
}

function cells(line: ReportLine): readonly string[] {
  const { work, data, contestant, unit, samples, median, verdicts, note } = line;
  const values = samples.map(({ value }) => value);
  const peak = median.peakBytes;
  return [
    work,
    data,
    note === undefined ? contestant : `${contestant} (${note})`,
    `${figure(median.value)} ${unit}`,
    `${figure(Math.min(...values))}–${figure(Math.max(...values))}`,
    median.cpuSec === undefined ? UNKNOWN : figure(median.cpuSec),
    median.serverCpuSec === undefined ? UNKNOWN : figure(median.serverCpuSec),
    peak === undefined ? UNKNOWN : (peak / MEGABYTE).toFixed(0),
    verdicts.map(({ target }) => target).join('; '),
    verdicts.map((verdict) => outcome(verdict)).join('; '),
  ];
}

function outcome({ met, figure: decided }: Verdict): string {
  if (met === undefined || decided === undefined) return 'not measured';
  return `${met ? 'met' : '**missed**'}: ${figure(decided)}`;
}

/** Three digits that count. */
function figure(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  if (Math.abs(value) >= 10) return value.toFixed(1);
  return value.toFixed(2);
}
