import type { MetricName } from '../../../lib/core/contract/metrics.ts';
import type { Emission, Emissions } from '../run-drill.ts';

type Values = Readonly<Partial<Record<MetricName, number>>>;

/** The same each minute. */
export function always(values: Emission | undefined): Emissions {
  return () => values ?? {};
}

/** Once, when its phase begins. */
export function once(values: Emission | undefined): Emissions {
  return (_, sinceMin) => (sinceMin === 0 && values) || {};
}

/** At every so many minutes. */
export function every(minutes: number, values: Emission | undefined): Emissions {
  return (minute) => (minute % minutes === 0 && values) || {};
}

/** Nothing, ever. */
export const silence: Emissions = () => ({});

/** What was sent at once, in one. */
export function merged(flushed: readonly Values[]): Emission {
  return Object.assign({}, ...flushed) as Emission;
}
