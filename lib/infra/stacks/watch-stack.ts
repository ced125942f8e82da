import { Annotations, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { AlarmTopics } from '../constructs/alarm-topics.ts';
import { ArchiveGuard } from '../constructs/archive-guard.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { Notifier } from '../constructs/notifier.ts';
import { speaksThroughGroup } from '../monitoring/alarm-row.ts';
import { allAlarms } from '../monitoring/all-alarms.ts';
import { ClusterDashboard } from '../monitoring/dashboard.ts';
import { judgeMetricCount } from '../monitoring/judge-metric.ts';
import { monitoringLine } from '../monitoring/monthly-cost.ts';
import { muteMinors } from '../monitoring/mute-minors.ts';
import { renderAlarms } from '../monitoring/render-alarms.ts';
import { renderGroups } from '../monitoring/render-groups.ts';
import type { ArchiveStack } from './archive-stack.ts';
import type { BackupStack } from './backup-stack.ts';
import type { DataStack } from './data-stack.ts';
import type { HostStack } from './host-stack.ts';

/** Props of {@link WatchStack}. */
export interface WatchStackProps extends ClusterScope {
  readonly backup: BackupStack;
  readonly archive: ArchiveStack;
  readonly data: DataStack;
  readonly host: HostStack;
  /** The trail that tells of changes. */
  readonly trailArn: string;
}

/** Who watches one cluster, and tells people: alarms, topics, notifier, dashboard. */
export class WatchStack extends Stack {
  readonly topics: AlarmTopics;
  readonly alarms: readonly cloudwatch.Alarm[];
  /** Each tells of the alarms of one group. */
  readonly groups: readonly cloudwatch.CompositeAlarm[];

  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, clusterStackProps(props, 'watch', 'alarms, pages, dashboard'));
    const { environment, cluster, deployment } = props;
    const notifications = cluster.notifications ?? deployment.notifications;
    const deadLetters = new DeadLetters(this, 'Undelivered');
    const schedules = new FunctionSchedules(this, 'Schedules', {
      groupName: `holdfast-${environment}-${cluster.id}-pages`,
      deadLetters,
    });
    this.topics = new AlarmTopics(this, 'Topics', notifications);
    const { topics } = this;
    const pages = new Notifier(this, 'Pages', {
      ...props,
      notifications,
      topics,
      schedules,
      deadLetters,
      diagnoser: props.backup.health.diagnoser,
    });
    const proof = pages.proveDaily({ cluster, topics, schedules });
    const guard = new ArchiveGuard(this, 'Guard', { ...props, topics, schedules, deadLetters });
    const rows = allAlarms({
      ...props,
      guard,
      notifier: pages.notifier,
      pageTopic: topics.alarms.page,
      undelivered: deadLetters,
    });
    this.alarms = renderAlarms(this, rows, props, topics.alarms);
    // Silence is a fault to it: before the first proof it would page at once.
    for (const alarm of this.alarms) {
      if (alarm.node.id === 'PagingUnproven') alarm.node.addDependency(proof);
    }
    const { groups, causes } = renderGroups(this, rows, this.alarms, props, topics.alarms);
    this.groups = groups;
    muteMinors(this, props, groups);
    judgeMetricCount(this);
    Annotations.of(this).addInfo(monitoringLine(this.alarms.length, groups.length + causes.length));
    const members = new Set(rows.filter(speaksThroughGroup).map((row) => row.id));
    const told = this.alarms.filter(({ node }) => members.has(node.id));
    const telling = [...groups, ...this.alarms.filter((alarm) => !told.includes(alarm))];
    new ClusterDashboard(this, 'Dashboard', props, { telling, told });
  }
}
