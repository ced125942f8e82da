import { markdownTable } from './markdown-table.ts';
import type { ReportLine } from './report.ts';

/** Where and how the figures were taken. */
export interface BenchSetup {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  /** Major version. */
  readonly postgres: number;
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  /** What could not take part, and how to get it. */
  readonly missing: readonly { readonly name: string; readonly get: string }[];
  /** How files lay in memory when a run began. */
  readonly cache: string;
  readonly scale: string;
  /** Rounds; each figure is the median of as many. */
  readonly runs: number;
}

/** All that a run of the bench found. */
export interface BenchReport {
  readonly setup: BenchSetup;
  readonly lines: readonly ReportLine[];
}

const GIBIBYTE = 1024 ** 3;

/** The set-up as a list and the figures in a table, to be pasted into docs/performance.md. */
export function markdownReport({ setup, lines }: BenchReport): string {
  const { cores, processor, memoryBytes, postgres, tools, missing, cache, scale, runs } = setup;
  const versions = tools.map(({ name, version }) => `${name} ${version}`).join(', ');
  const absent = missing.map(({ name, get }) => `${name} was not there (${get})`);
  const facts = [
    `${cores} cores (${processor}), ${Math.round(memoryBytes / GIBIBYTE)} GiB of memory`,
    `PostgreSQL ${postgres}; ${versions}`,
    ...absent,
    `scale ${scale}, medians of ${runs}, the tools in turns`,
    `page cache ${cache}, the same for every tool`,
  ];
  return `${facts.map((fact) => `- ${fact}\n`).join('')}\n${markdownTable(lines)}`;
}
