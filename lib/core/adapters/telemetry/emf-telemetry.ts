import { Metrics } from '@aws-lambda-powertools/metrics';
import { Dimension, METRIC_NAMESPACE, METRIC_UNITS, SERVICE } from '../../contract/metrics.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

/** Whose metrics they are. */
export interface TelemetrySubject {
  readonly environment: string;
  readonly cluster: string;
}

/**
 * Metrics as lines of the embedded metric format on stdout, which CloudWatch Logs turns into metrics:
 * no call that could fail, and no right to publish.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfTelemetry({ environment, cluster }: TelemetrySubject): Telemetry {
  const metrics = new Metrics({
    namespace: METRIC_NAMESPACE,
    serviceName: SERVICE,
    defaultDimensions: { [Dimension.ENVIRONMENT]: environment, [Dimension.CLUSTER]: cluster },
  });
  return {
    add: (metric, value) => metrics.addMetric(metric, METRIC_UNITS[metric], value),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
