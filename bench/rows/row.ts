import type { DataKind } from '../cluster/data-kind.ts';
import type { Entry } from '../figures/report.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { PageCache } from '../machine/page-cache.ts';
import type { Scratch } from '../machine/scratch.ts';
import type { Scale } from '../scale.ts';
import type { FoundTools } from '../tools/find-tools.ts';

/** Pieces of work that can be asked for by name. */
export const ROW_NAMES = [
  'drain',
  'archive-command',
  'backup',
  'restore',
  'replay',
  'load',
  'memory',
  'catalogue',
  's3',
  'health',
] as const;
/** One of {@link ROW_NAMES}. */
export type RowName = (typeof ROW_NAMES)[number];

/** What every row works with. */
export interface Bench {
  readonly instance: PostgresInstance;
  readonly tools: FoundTools;
  readonly scale: Scale;
  /** Rounds in which every contestant runs once. */
  readonly runs: number;
  readonly cache: PageCache;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** Tells a person how far it is. */
  say(text: string): void;
}

/** One piece of work, done by every tool that can on one kind of data. */
export type Row = (bench: Bench, kind: DataKind) => Promise<readonly Entry[]>;
