import { formatBytes, formatSeconds, formatTime } from '../format.ts';
import type { Output } from '../output.ts';
import { statusLines } from '../status-lines.ts';
import { sparkline } from './sparkline.ts';
import type { Sample, WatchState } from './watch-state.ts';

/** A refresh that takes longer is worth a word. */
const SLOW_MS = 2_000;
const LABEL_WIDTH = 19;

/** What a watch shows: how old the figures are, then the figures, then where they are going. */
export function watchLines(
  state: WatchState,
  now: Date,
  paint: Pick<Output['paint'], 'bold' | 'dim' | 'red' | 'yellow'>,
): readonly string[] {
  const { reading, trend } = state;
  return [
    `${paint.bold('holdfast status')}  ${formatTime(now)}  ${freshness(state, now, paint)}`,
    '',
    ...(reading === undefined ? [] : statusLines(reading.status, now, paint.red)),
    ...(reading?.remarks ?? []).map((remark) => paint.yellow(remark)),
    '',
    ...trendLine('lag', trend, ({ lagBytes }) => lagBytes, formatBytes),
    ...trendLine('age of the point', trend, ({ pointAgeSec }) => pointAgeSec, formatSeconds),
  ];
}

function freshness(
  { readAt, failure, refreshingSince }: WatchState,
  now: Date,
  paint: Pick<Output['paint'], 'dim' | 'red' | 'yellow'>,
): string {
  const since = (then: Date): string =>
    formatSeconds(Math.max(0, now.getTime() - then.getTime()) / 1_000);
  const age = readAt === undefined ? 'no figures yet' : `figures of ${since(readAt)} ago`;
  const isSlow =
    refreshingSince !== undefined && now.getTime() - refreshingSince.getTime() > SLOW_MS;
  const slow = isSlow ? paint.yellow(`  refreshing for ${since(refreshingSince)}`) : '';
  if (failure === undefined) return `${paint.dim(age)}${slow}`;
  const { error } = failure;
  return `${paint.red(`${age}, FAILING for ${since(failure.since)}: ${error.code}`)}${slow}  ${error.message}`;
}

function trendLine(
  label: string,
  trend: readonly Sample[],
  pick: (sample: Sample) => number | undefined,
  format: (value: number) => string,
): readonly string[] {
  const values = trend.map(pick);
  const known = values.filter((value) => value !== undefined);
  if (known.length < 2) return [];
  const head = label.padEnd(LABEL_WIDTH);
  return [`${head}${sparkline(values)}  up to ${format(Math.max(...known))}`];
}
