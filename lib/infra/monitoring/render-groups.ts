import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { alarmName } from '../../core/contract/deployed-names.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { SynthError } from '../synth-error.ts';
import { type AlarmRow, speaksThroughGroup } from './alarm-row.ts';
import { CAUSE_GRAPH, GROUP_ALARMS, isCause } from './cause-graph.ts';
import { describeAlarm } from './describe-alarm.ts';
import type { Topics } from './render-alarms.ts';

/** A group's alarm waits so long for what explains it, and goes on waiting for its own end as long. */
const WAIT = Duration.minutes(2);
/** Once what explains it is over, this may take as long to end as well. */
const EXTENSION = Duration.minutes(3);

/** Alarms that are made of others. */
export interface RenderedGroups {
  /** They tell people. */
  readonly groups: readonly cloudwatch.CompositeAlarm[];
  /** They explain others, and tell nobody. */
  readonly causes: readonly cloudwatch.CompositeAlarm[];
}

/**
 * Makes one alarm of each group, from the rows that do not speak for themselves. What explains a group's alarm
 * holds it back.
 *
 * @throws {@link SynthError} `MONITOR-GROUP` for a group without an alarm of its own, or a cause that is none.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export function renderGroups(
  scope: Construct,
  rows: readonly AlarmRow[],
  alarms: readonly cloudwatch.Alarm[],
  cluster: ClusterScope,
  topics: Topics,
): RenderedGroups {
  const made = new Map<string, cloudwatch.IAlarm>(alarms.map((alarm) => [alarm.node.id, alarm]));
  const named = (id: string): cloudwatch.IAlarm => made.get(id) ?? missing(scope, id);
  const causes: cloudwatch.CompositeAlarm[] = [];
  const groups: cloudwatch.CompositeAlarm[] = [];
  for (const one of CAUSE_GRAPH) {
    if (isCause(one)) {
      const { id, says, anyOf } = one;
      const cause = anyAlarm(scope, id, anyOf.map(named), { cluster, description: says });
      made.set(id, cause);
      causes.push(cause);
      continue;
    }
    const { id, group, severity, explainedBy } = one;
    const members = rows.filter((row) => speaksThroughGroup(row) && row.group === group);
    const alarm = anyAlarm(
      scope,
      id,
      members.map((row) => named(row.id)),
      {
        cluster,
        description: describeAlarm(one, cluster.deployment.runbookUrl),
        ...(explainedBy !== undefined && { suppressor: named(explainedBy) }),
      },
    );
    const action = new actions.SnsAction(topics[severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    made.set(id, alarm);
    groups.push(alarm);
  }
  const told = new Set(GROUP_ALARMS.map(({ group }) => group));
  const untold = rows.find((row) => speaksThroughGroup(row) && !told.has(row.group));
  if (untold !== undefined) missing(scope, untold.group);
  return { groups, causes };
}

function anyAlarm(
  scope: Construct,
  id: string,
  members: readonly cloudwatch.IAlarm[],
  given: {
    readonly cluster: ClusterScope;
    readonly description: string;
    readonly suppressor?: cloudwatch.IAlarm;
  },
): cloudwatch.CompositeAlarm {
  const { environment, cluster } = given.cluster;
  return new cloudwatch.CompositeAlarm(scope, id, {
    compositeAlarmName: alarmName({ environment, cluster: cluster.id, id }),
    alarmDescription: given.description,
    alarmRule: cloudwatch.AlarmRule.anyOf(
      ...members.map((member) =>
        cloudwatch.AlarmRule.fromAlarm(member, cloudwatch.AlarmState.ALARM),
      ),
    ),
    ...(given.suppressor !== undefined && {
      actionsSuppressor: given.suppressor,
      actionsSuppressorWaitPeriod: WAIT,
      actionsSuppressorExtensionPeriod: EXTENSION,
    }),
  });
}

function missing(scope: Construct, id: string): never {
  throw new SynthError(
    scope,
    'MONITOR-GROUP',
    `there is no alarm ${id} in the cause graph`,
    'add it to lib/infra/monitoring/cause-graph.ts, or name another',
  );
}
