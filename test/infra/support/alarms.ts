import { parseAlarmName } from '../../../lib/core/contract/deployed-names.ts';
import { listOf, objectsOf, referredBy, type Resource, textOf } from './resources.ts';
import type { Synthesis } from './synthesis.ts';

/** An alarm as CloudWatch will see it. */
export interface DeployedAlarm {
  /** `BackupMissed`, for instance. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly periodSec: number;
  readonly comparison: string;
  readonly threshold: number;
  /** Of the last {@link within} periods, so many must be bad. */
  readonly periods: number;
  readonly within: number;
  readonly missing: string;
  /** Path of the topic that it tells. */
  readonly tells: string | undefined;
  readonly resource: Resource;
}

/** The alarms of a cluster, and of its copy. */
export function alarmsOf(from: Synthesis, cluster = 'orders'): readonly DeployedAlarm[] {
  return from
    .resources('AWS::CloudWatch::Alarm')
    .filter(({ stack }) => [`${cluster}-Watch`, `${cluster}-CopyWatch`].includes(stack))
    .map((resource) => {
      const { properties } = resource;
      const name = textOf(properties['AlarmName']);
      return {
        id: parseAlarmName(name)?.id ?? '',
        name,
        description: textOf(properties['AlarmDescription']),
        namespace: textOf(properties['Namespace']),
        metric: textOf(properties['MetricName']),
        dimensions: Object.fromEntries(
          objectsOf(properties['Dimensions']).map(({ Name, Value }) => [
            textOf(Name),
            textOf(Value),
          ]),
        ),
        statistic: textOf(properties['Statistic']),
        periodSec: Number(properties['Period']),
        comparison: textOf(properties['ComparisonOperator']),
        threshold: Number(properties['Threshold']),
        periods: Number(properties['DatapointsToAlarm']),
        within: Number(properties['EvaluationPeriods']),
        missing: textOf(properties['TreatMissingData']),
        tells: referredBy(from.resources(), resource, listOf(properties['AlarmActions'])[0])?.path,
        resource,
      };
    });
}
