import type { DataKind } from '../cluster/data-kind.ts';
import { type Sample, summarize } from './sample.ts';
import { judge, type Target, type Verdict } from './target.ts';

/** One contestant of one row, with all its runs. */
export interface Entry {
  /** Such as `full base backup, 4.0 GB`. */
  readonly work: string;
  readonly data: DataKind | 'any';
  readonly contestant: string;
  /** Of the samples' values. */
  readonly unit: string;
  readonly samples: readonly Sample[];
  readonly targets?: readonly Target[];
  /** What a reader has to know about this figure. */
  readonly note?: string;
}

/** An entry with its medians and verdicts. */
export interface ReportLine extends Omit<Entry, 'targets'> {
  readonly median: Sample;
  readonly verdicts: readonly Verdict[];
}

/** Medians and verdicts of all rows; an entry without any run is left out. */
export function reportLines(entries: readonly Entry[]): readonly ReportLine[] {
  return entries.flatMap(({ targets = [], ...entry }) => {
    const middle = summarize(entry.samples);
    if (middle === undefined) return [];
    const verdicts = targets.map((target) =>
      judge(target, entry.unit, middle.value, (contestant) => {
        const rival = entries.find(
          ({ work, data, contestant: name }) =>
            work === entry.work && data === entry.data && name === contestant,
        );
        return rival === undefined ? undefined : summarize(rival.samples)?.value;
      }),
    );
    return [{ ...entry, median: middle, verdicts }];
  });
}
