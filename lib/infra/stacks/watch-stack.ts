import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { AlarmTopics } from '../constructs/alarm-topics.ts';
import { ArchiveGuard } from '../constructs/archive-guard.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { Notifier } from '../constructs/notifier.ts';
import { archiveAlarms } from '../monitoring/archive-alarms.ts';
import { backupAlarms } from '../monitoring/backup-alarms.ts';
import { copyAlarms } from '../monitoring/copy-alarms.ts';
import { ClusterDashboard } from '../monitoring/dashboard.ts';
import { guardAlarms } from '../monitoring/guard-alarms.ts';
import { machineryAlarms } from '../monitoring/machinery-alarms.ts';
import { poolerAlarms } from '../monitoring/pooler-alarms.ts';
import { renderAlarms } from '../monitoring/render-alarms.ts';
import type { ArchiveStack } from './archive-stack.ts';
import type { BackupStack } from './backup-stack.ts';
import type { DataStack } from './data-stack.ts';

/** Props of {@link WatchStack}. */
export interface WatchStackProps extends ClusterScope {
  readonly backup: BackupStack;
  readonly archive: ArchiveStack;
  readonly data: DataStack;
  /** The trail that tells of changes. */
  readonly trailArn: string;
}

/** Who watches one cluster, and tells people: alarms, topics, notifier, dashboard. */
export class WatchStack extends Stack {
  readonly topics: AlarmTopics;
  readonly alarms: readonly cloudwatch.Alarm[];

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
    const { notifier } = new Notifier(this, 'Pages', {
      ...props,
      notifications,
      topics,
      schedules,
      deadLetters,
    });
    const guard = new ArchiveGuard(this, 'Guard', { ...props, topics, schedules, deadLetters });
    const watched = {
      ...props,
      guard,
      notifier,
      pageTopic: topics.alarms.page,
      undelivered: deadLetters,
    };
    const rows = [
      ...backupAlarms(watched),
      ...archiveAlarms(watched),
      ...copyAlarms(watched),
      ...guardAlarms(watched),
      ...poolerAlarms(watched),
      ...machineryAlarms(watched),
    ];
    this.alarms = renderAlarms(this, rows, props, topics.alarms);
    new ClusterDashboard(this, 'Dashboard', props, this.alarms);
  }
}
