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
  /** What finds its metric, where no name does. */
  readonly query: string | undefined;
  /** As its description has it: `A` to `D`, or `M`. */
  readonly tier: string;
  /** As its description has it. */
  readonly severity: string;
  /** Whether it also tells when it does not know. */
  readonly tellsOfSilence: boolean;
  readonly resource: Resource;
}

/** The alarms of a cluster, and of its copy. */
export function alarmsOf(from: Synthesis, cluster = 'orders'): readonly DeployedAlarm[] {
  return from
    .resources('AWS::CloudWatch::Alarm')
    .filter(({ stack }) => [`${cluster}-Watch`, `${cluster}-CopyWatch`].includes(stack))
    .map((resource) => {
      const { properties } = resource;
      const [query] = objectsOf(properties['Metrics']).map(({ Expression }) => textOf(Expression));
      const [, tier = '', severity = ''] =
        /^tier (\w), severity (\w+), owner /m.exec(textOf(properties['AlarmDescription'])) ?? [];
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
        periodSec: Number(properties['Period'] ?? objectsOf(properties['Metrics'])[0]?.['Period']),
        comparison: textOf(properties['ComparisonOperator']),
        threshold: Number(properties['Threshold']),
        periods: Number(properties['DatapointsToAlarm']),
        within: Number(properties['EvaluationPeriods']),
        missing: textOf(properties['TreatMissingData']),
        tells: referredBy(from.resources(), resource, listOf(properties['AlarmActions'])[0])?.path,
        query,
        tier,
        severity,
        tellsOfSilence: listOf(properties['InsufficientDataActions']).length > 0,
        resource,
      };
    });
}

/** An alarm that is made of others. */
export interface DeployedGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Ids of those that it fires with. */
  readonly members: readonly string[];
  /** Id of what holds it back. */
  readonly heldBackBy: string | undefined;
  /** Path of the topic that it tells. */
  readonly tells: string | undefined;
}

/** The alarms of a cluster that are made of others. */
export function groupsOf(from: Synthesis, cluster = 'orders'): readonly DeployedGroup[] {
  const all = from.resources().filter(({ stack }) => stack === `${cluster}-Watch`);
  const idOf = (logicalId: string): string =>
    all
      .find(({ id }) => id === logicalId)
      ?.path.split('/')
      .at(-1) ?? '';
  const named = (text: string): readonly string[] =>
    [...text.matchAll(/\$\{(\w+)\.Arn\}/g)].map(([, id = '']) => idOf(id));
  return all
    .filter(({ type }) => type === 'AWS::CloudWatch::CompositeAlarm')
    .map((resource) => {
      const { properties } = resource;
      const name = textOf(properties['AlarmName']);
      return {
        id: parseAlarmName(name)?.id ?? '',
        name,
        description: textOf(properties['AlarmDescription']),
        members: named(textOf(properties['AlarmRule'])),
        heldBackBy: named(textOf(properties['ActionsSuppressor']))[0],
        tells: referredBy(from.resources(), resource, listOf(properties['AlarmActions'])[0])?.path,
      };
    });
}
