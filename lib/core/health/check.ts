import type { z } from 'zod';
import type { Tier } from '../contract/health-metrics.ts';
import type { CauseGroup } from './cause-groups.ts';
import { blind, type Judgement } from './judgement.ts';
import type { Known, ServerFacts } from './known.ts';

/** What every check tells of itself, for lists and for people. */
export interface CheckAbout {
  /** Of the catalogue in docs/health.md, such as `A1`. A contract. */
  readonly id: string;
  /** Kebab-case, such as `archiver-failing`. A contract. */
  readonly name: string;
  readonly tier: Tier;
  readonly group: CauseGroup;
  /** What holds when it is ok, as a clause. */
  readonly about: string;
  /** Rights, extensions and settings without which it is blind. */
  readonly needs: string;
  /** What a person runs first to see more: SQL or a command. */
  readonly look: string;
  /** Where its rules come from: a page of PostgreSQL's or AWS's manual. */
  readonly source: string;
  /** Runs whose minute is a multiple of this, plus {@link CheckAbout.atMinute}. @default 1 */
  readonly everyMinutes?: number;
  /** So that costly checks do not meet. @default 0 */
  readonly atMinute?: number;
}

/** A query, or why there is none on this server. */
export type Query = string | Judgement;

/** A check by one query, in the database that the probe is in. */
export interface ServerCheck extends CheckAbout {
  readonly from: 'server';
  readonly query: (server: ServerFacts) => Query;
  /** Pure. Rows of another shape, NULL for one, are blindness. */
  readonly judge: (rows: readonly unknown[], known: Known) => Judgement;
}

/** A row, and the database that it comes from. */
export type InDatabase<R> = R & { readonly database: string };

/** A check by one query in every database, judged together. */
export interface DatabaseCheck extends CheckAbout {
  readonly from: 'databases';
  readonly query: (server: ServerFacts) => Query;
  readonly judge: (rows: readonly unknown[], known: Known) => Judgement;
}

/** A check that SQL answers. */
export type SqlCheck = ServerCheck | DatabaseCheck;

/** A {@link ServerCheck} whose rows are those of `row`. */
export function serverCheck<R extends z.ZodType>(
  check: Omit<ServerCheck, 'from' | 'judge'> & {
    readonly row: R;
    readonly judge: (rows: readonly z.output<R>[], known: Known) => Judgement;
  },
): ServerCheck {
  const { row, judge, ...about } = check;
  return {
    ...about,
    from: 'server',
    judge: (rows, known) => withRows(row, rows, (parsed) => judge(parsed, known)),
  };
}

/** A {@link DatabaseCheck} whose rows are those of `row`, and name their database. */
export function databaseCheck<R extends z.ZodType<object>>(
  check: Omit<DatabaseCheck, 'from' | 'judge'> & {
    readonly row: R;
    readonly judge: (rows: readonly InDatabase<z.output<R>>[], known: Known) => Judgement;
  },
): DatabaseCheck {
  const { row, judge, ...about } = check;
  return {
    ...about,
    from: 'databases',
    judge: (rows, known) =>
      withRows(row, rows, (parsed) =>
        judge(
          parsed.map((one, index) => ({ ...one, database: databaseOf(rows[index]) })),
          known,
        ),
      ),
  };
}

/** Whether a check is due in a run. */
export function isDue({ everyMinutes = 1, atMinute = 0 }: CheckAbout, minute: number): boolean {
  return (minute - atMinute) % everyMinutes === 0;
}

function withRows<R extends z.ZodType>(
  row: R,
  rows: readonly unknown[],
  judge: (parsed: readonly z.output<R>[]) => Judgement,
): Judgement {
  const parsed = row.array().safeParse(rows);
  if (parsed.success) return judge(parsed.data);
  const [issue] = parsed.error.issues;
  const column = issue?.path.slice(1).join('.') ?? '';
  return blind(
    `the server gave no usable ${column === '' ? 'row' : column}: ${issue?.message ?? ''}`,
  );
}

function databaseOf(row: unknown): string {
  return typeof row === 'object' && row !== null && 'database' in row ? String(row.database) : '';
}
