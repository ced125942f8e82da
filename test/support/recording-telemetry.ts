import type { MetricName } from '../../lib/core/contract/metrics.ts';
import type { Telemetry } from '../../lib/core/ports/telemetry.ts';

/** Telemetry that keeps what it is told. */
export interface RecordingTelemetry extends Telemetry {
  /** What was noted between one writing and the next. */
  readonly flushed: readonly Readonly<Partial<Record<MetricName, number>>>[];
}

/** Telemetry that was told nothing yet. */
export function recordingTelemetry(): RecordingTelemetry {
  const flushed: Partial<Record<MetricName, number>>[] = [];
  let noted: Partial<Record<MetricName, number>> = {};
  return {
    flushed,
    add: (metric, value) => {
      noted = { ...noted, [metric]: value };
    },
    flush: () => {
      flushed.push(noted);
      noted = {};
    },
  };
}
