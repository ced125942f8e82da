import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmName } from '../../core/contract/deployed-names.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import type { AlarmRow } from './alarm-row.ts';

/** Where alarms of each severity go. */
export type Topics = Readonly<Record<AlarmRow['severity'], sns.ITopic>>;

/** Makes an alarm of each row; it tells its topic when it fires and when it is over. */
export function renderAlarms(
  scope: Construct,
  rows: readonly AlarmRow[],
  { environment, cluster, deployment }: ClusterScope,
  topics: Topics,
): readonly cloudwatch.Alarm[] {
  return rows.map(({ id, says, severity, metric, bad, periods, within = periods, silence }) => {
    const { comparisonOperator, threshold } = comparison(bad);
    const alarm = new cloudwatch.Alarm(scope, id, {
      alarmName: alarmName({ environment, cluster: cluster.id, id }),
      alarmDescription: `${says}\n${deployment.runbookUrl}#${id.toLowerCase()}`,
      metric,
      comparisonOperator,
      threshold,
      evaluationPeriods: within,
      datapointsToAlarm: periods,
      treatMissingData:
        silence === 'bad'
          ? cloudwatch.TreatMissingData.BREACHING
          : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const action = new actions.SnsAction(topics[severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  });
}

function comparison(bad: AlarmRow['bad']): {
  readonly comparisonOperator: cloudwatch.ComparisonOperator;
  readonly threshold: number;
} {
  const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
  return 'above' in bad
    ? { comparisonOperator: GREATER_THAN_THRESHOLD, threshold: bad.above }
    : { comparisonOperator: LESS_THAN_THRESHOLD, threshold: bad.below };
}
