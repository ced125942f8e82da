import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { parseAlarmName } from '../../lib/core/contract/deployed-names.ts';
import { clusterOf } from '../infra/support/inputs.ts';
import { listOf, referredBy, type Resource, textOf } from '../infra/support/resources.ts';
import type { Synthesis } from '../infra/support/synthesis.ts';
import { DRILL_BOUNDS, DRILL_RPO_SEC, DRILL_VOLUME_GIB } from './drill-thresholds.ts';
import type { Alarm, CompositeAlarm, MetricAlarm, Suppressor } from './evaluator/alarm.ts';

/** A deployment with every alarm that there is, those of its copy included. */
const INPUT = clusterOf({
  copy: { region: 'eu-west-1' },
  rpoSec: DRILL_RPO_SEC,
  volume: { sizeGiB: DRILL_VOLUME_GIB },
  health: { thresholds: DRILL_BOUNDS, endpoint: true },
});

/** The alarms of {@link INPUT}, synthesized once in a run for all of its test files. */
export async function deployedAlarms(): Promise<readonly Alarm[]> {
  const file = join(inject('runFolder'), 'deployed-alarms.json');
  if (!existsSync(file)) {
    // To load CDK takes seconds.
    const { synthesize } = await import('../infra/support/synthesis.ts');
    const half = `${file}.${process.pid}`;
    writeFileSync(half, JSON.stringify(alarmsIn(synthesize(INPUT))));
    renameSync(half, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Alarm[];
}

function alarmsIn(from: Synthesis): readonly Alarm[] {
  return [
    ...from.resources('AWS::CloudWatch::Alarm').map((one) => metricAlarm(from, one)),
    ...from.resources('AWS::CloudWatch::CompositeAlarm').map((one) => compositeAlarm(from, one)),
  ];
}

function metricAlarm(from: Synthesis, resource: Resource): MetricAlarm {
  const { properties } = resource;
  const text = (key: string): string => textOf(properties[key]);
  return {
    kind: 'metric',
    ...aboutOf(from, resource),
    namespace: text('Namespace'),
    metric: text('MetricName'),
    statistic: text('Statistic') as MetricAlarm['statistic'],
    periodSec: Number(properties['Period']),
    comparison: text('ComparisonOperator') as MetricAlarm['comparison'],
    threshold: Number(properties['Threshold']),
    within: Number(properties['EvaluationPeriods']),
    periods: Number(properties['DatapointsToAlarm'] ?? properties['EvaluationPeriods']),
    missing: (text('TreatMissingData') || 'missing') as MetricAlarm['missing'],
  };
}

function compositeAlarm(from: Synthesis, resource: Resource): CompositeAlarm {
  const { properties } = resource;
  return {
    kind: 'composite',
    ...aboutOf(from, resource),
    rule: withNames(from, resource, textOf(properties['AlarmRule'])),
    suppressor: suppressorOf(from, resource),
  };
}

function suppressorOf(from: Synthesis, resource: Resource): Suppressor | undefined {
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } =
    resource.properties;
  if (ActionsSuppressor === undefined) return undefined;
  return {
    name: withNames(from, resource, textOf(ActionsSuppressor)),
    waitSec: Number(ActionsSuppressorWaitPeriod ?? 60),
    extensionSec: Number(ActionsSuppressorExtensionPeriod ?? 60),
  };
}

function aboutOf(
  from: Synthesis,
  resource: Resource,
): Pick<Alarm, 'id' | 'name' | 'description' | 'tells' | 'clears'> {
  const { properties } = resource;
  const name = textOf(properties['AlarmName']);
  const topics = (key: string): readonly string[] =>
    listOf(properties[key]).map(
      (action) => referredBy(from.resources(), resource, action)?.path ?? textOf(action),
    );
  return {
    id: parseAlarmName(name)?.id ?? name,
    name,
    description: textOf(properties['AlarmDescription']),
    tells: topics('AlarmActions'),
    clears: topics('OKActions'),
  };
}

/** References to alarms of the same stack, as `${Alarm1.Arn}`, made their names. */
function withNames(from: Synthesis, { stack }: Resource, text: string): string {
  const named = from
    .resources()
    .filter((one) => one.stack === stack && 'AlarmName' in one.properties);
  return text.replaceAll(/\$\{([A-Za-z0-9]+)(?:\.Arn)?\}/g, (whole, id: string) => {
    const found = named.find((one) => one.id === id);
    return found === undefined ? whole : textOf(found.properties['AlarmName']);
  });
}
