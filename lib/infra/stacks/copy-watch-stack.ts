import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { AlarmTopics } from '../constructs/alarm-topics.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { Notifier } from '../constructs/notifier.ts';
import { alarmsOfCopy } from '../monitoring/copy-alarms.ts';
import { renderAlarms } from '../monitoring/render-alarms.ts';

/**
 * Who watches the copy of a cluster's archive, and tells people: all of it in the copy's region, so that it
 * still does when the archive's is lost.
 */
export class CopyWatchStack extends Stack {
  readonly alarms: readonly cloudwatch.Alarm[];

  /** @param props - as `copyScope` gives them. */
  constructor(scope: Construct, id: string, props: ClusterScope) {
    super(scope, id, clusterStackProps(props, 'copy-watch', 'alarms and pages about the copy'));
    const { environment, cluster, deployment } = props;
    const notifications = cluster.notifications ?? deployment.notifications;
    const deadLetters = new DeadLetters(this, 'Undelivered');
    const schedules = new FunctionSchedules(this, 'Schedules', {
      groupName: `holdfast-${environment}-${cluster.id}-copy-pages`,
      deadLetters,
    });
    const topics = new AlarmTopics(this, 'Topics', notifications);
    const { notifier } = new Notifier(this, 'Pages', {
      ...props,
      notifications,
      topics,
      schedules,
      deadLetters,
    });
    const watched = {
      ...props,
      notifier,
      undelivered: deadLetters,
      pageTopic: topics.alarms.page,
    };
    this.alarms = renderAlarms(this, alarmsOfCopy(watched), props, topics.alarms);
  }
}
