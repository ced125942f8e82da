import type { Bounds } from '../../config/health-thresholds.ts';
import type { MetricName } from '../../contract/metrics.ts';
import { below, blind, type Judgement } from '../judgement.ts';
import { FURTHEST_DAYS, type Limit, type Runway, runwayOf } from '../runway/days-left.ts';
import type { Point } from '../runway/fit-trend.ts';

/** What {@link judgeRunway} looks at. */
export interface RunwayLook {
  /** What runs out, such as `the data volume`. */
  readonly what: string;
  /** Where the days left are published. */
  readonly metric: MetricName;
  readonly bounds: Bounds;
  readonly limit: Limit;
  /** Points of several spans, each with its length in days. */
  readonly spans: readonly {
    readonly days: number;
    readonly points?: readonly Point[] | undefined;
  }[];
}

/** How long something has until it is at its limit; blind when nothing of it was published. */
export function judgeRunway({ what, metric, bounds, limit, spans }: RunwayLook): Judgement {
  const runway = runwayOf(
    spans.map(({ days, points = [] }) => ({ days, points })),
    limit,
  );
  if (runway === undefined)
    return blind(`nothing was published of ${what} that a trend could be seen in`);
  const { daysLeft } = runway;
  return {
    standing: below(daysLeft, bounds),
    says: saysOf(runway),
    values: { [metric]: daysLeft },
  };
}

/** Time left, for people. */
export function daysForPeople(days: number): string {
  if (days >= FURTHEST_DAYS) return 'more than ten years';
  return days < 2 ? `${(days * 24).toFixed(1)} h` : `${days.toFixed(1)} days`;
}

function saysOf({ daysLeft, trend }: Runway): string {
  if (trend === undefined) return 'too young for a trend';
  if (daysLeft >= FURTHEST_DAYS) return 'no end in sight';
  const way = trend.perDay < 0 ? 'less' : 'more';
  const speed = Math.abs(trend.perDay).toPrecision(3);
  return `${daysForPeople(daysLeft)} left: ${Number(speed)} ${way} a day`;
}
