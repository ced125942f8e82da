/** What one run of one contestant took. A figure that this machine cannot tell is `undefined`. */
export interface Sample {
  /** What the row is about, in the unit of its line: seconds, MB/s, milliseconds… */
  readonly value: number;
  /** CPU seconds of the tool's processes, whoever started them. */
  readonly cpuSec?: number | undefined;
  /** CPU seconds of PostgreSQL's own processes meanwhile. */
  readonly serverCpuSec?: number | undefined;
  /** Memory of all processes of the tool together at its highest, in bytes. */
  readonly peakBytes?: number | undefined;
}

/**
 * The middle of `values`, of an even number the mean of both in the middle.
 *
 * @returns `undefined` when there is none.
 */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** The medians of several runs, figure by figure; memory is the highest of all runs. */
export function summarize(samples: readonly Sample[]): Sample | undefined {
  const value = median(samples.map((sample) => sample.value));
  if (value === undefined) return undefined;
  const of = (figure: (sample: Sample) => number | undefined): readonly number[] =>
    samples.map(figure).filter((known) => known !== undefined);
  const peaks = of(({ peakBytes }) => peakBytes);
  return {
    value,
    cpuSec: median(of(({ cpuSec }) => cpuSec)),
    serverCpuSec: median(of(({ serverCpuSec }) => serverCpuSec)),
    peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}
