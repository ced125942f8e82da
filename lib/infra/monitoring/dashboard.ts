import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { ClusterScope } from '../cluster-scope.ts';
import { DASHBOARD_ROWS, type DashboardGraph, type DashboardNumbers } from './dashboard-rows.ts';
import { ownMetric } from './metrics.ts';

const FULL_WIDTH = 24;
const HEIGHT = 6;
const NUMBERS_HEIGHT = 4;
const TITLE_HEIGHT = 1;
const PERIOD = Duration.minutes(5);

/** Alarms whose state the dashboard shows above all. A widget takes a hundred. */
export interface ShownAlarms {
  /** They tell people. */
  readonly telling: readonly cloudwatch.IAlarm[];
  /** One of a group's tells of each of these. */
  readonly told: readonly cloudwatch.IAlarm[];
}

/** One cluster at a glance, in the order of an incident: can we recover, is it up, is it slow, what fills up. */
export class ClusterDashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, cluster: ClusterScope, shown: ShownAlarms) {
    super(scope, id, {
      dashboardName: `holdfast-${cluster.environment}-${cluster.cluster.id}`,
      defaultInterval: Duration.days(1),
    });
    this.addWidgets(
      states('Alarms that tell people', shown.telling),
      states('Alarms that others tell of', shown.told),
    );
    for (const { question, graphs, numbers } of DASHBOARD_ROWS) {
      this.addWidgets(
        new cloudwatch.TextWidget({
          markdown: `## ${question}`,
          width: FULL_WIDTH,
          height: TITLE_HEIGHT,
          background: cloudwatch.TextWidgetBackground.TRANSPARENT,
        }),
      );
      if (numbers !== undefined) this.addWidgets(showNumbers(cluster, numbers));
      this.addWidgets(...graphs.map((graph) => draw(cluster, graph, FULL_WIDTH / graphs.length)));
    }
  }
}

function states(title: string, alarms: readonly cloudwatch.IAlarm[]): cloudwatch.AlarmStatusWidget {
  return new cloudwatch.AlarmStatusWidget({
    title,
    width: FULL_WIDTH,
    alarms: [...alarms],
    sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
  });
}

function draw(
  cluster: ClusterScope,
  { title, metrics, statistic = 'Maximum' }: DashboardGraph,
  width: number,
): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    title,
    width,
    height: HEIGHT,
    left: metrics.map((name) => ownMetric(cluster, name, { statistic, period: PERIOD })),
  });
}

function showNumbers(
  cluster: ClusterScope,
  { title, metrics }: DashboardNumbers,
): cloudwatch.SingleValueWidget {
  return new cloudwatch.SingleValueWidget({
    title,
    width: FULL_WIDTH,
    height: NUMBERS_HEIGHT,
    metrics: metrics.map((name) =>
      ownMetric(cluster, name, { statistic: 'Minimum', period: PERIOD }),
    ),
  });
}
