import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { AlarmTopics } from '../constructs/alarm-topics.ts';
import { ArchiveAuditor } from '../constructs/archive-auditor.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { Notifier } from '../constructs/notifier.ts';
import { RetentionFunctions } from '../constructs/retention-functions.ts';
import { quietHourUtc } from '../deployment/schedule.ts';
import { alarmsOfCopy } from '../monitoring/copy-alarms.ts';
import { renderAlarms } from '../monitoring/render-alarms.ts';
import type { CopyStack } from './copy-stack.ts';

/** Props of {@link CopyWatchStack}. */
export interface CopyWatchStackProps extends ClusterScope {
  readonly copy: CopyStack;
}

/** After that of the archive: its lease comes along, and would be found held. */
const HOURS_BEHIND = 6;
const DAY_HOURS = 24;

/**
 * Who looks after the copy of a cluster's archive, and tells people: all of it in the copy's region, so that
 * it still does when the archive's is lost.
 */
export class CopyWatchStack extends Stack {
  readonly alarms: readonly cloudwatch.Alarm[];

  /** @param props - the scope as `copyScope` gives it. */
  constructor(scope: Construct, id: string, props: CopyWatchStackProps) {
    super(
      scope,
      id,
      clusterStackProps(props, 'copy-watch', 'retention, audit, alarms, pages of the copy'),
    );
    const { environment, cluster, deployment, copy } = props;
    const notifications = cluster.notifications ?? deployment.notifications;
    const deadLetters = new DeadLetters(this, 'DeadLetters');
    const schedules = new FunctionSchedules(this, 'Schedules', {
      groupName: `holdfast-${environment}-${cluster.id}-copy`,
      deadLetters,
    });
    const retention = new RetentionFunctions(this, 'Retention', {
      ...props,
      data: copy,
      schedules,
      hour: (quietHourUtc(cluster.backup.schedule) + HOURS_BEHIND) % DAY_HOURS,
    });
    new ArchiveAuditor(this, 'AuditArchive', { ...props, data: copy, schedules });
    const topics = new AlarmTopics(this, 'Topics', notifications);
    const { notifier } = new Notifier(this, 'Pages', {
      ...props,
      notifications,
      topics,
      schedules,
      deadLetters,
    });
    const watched = { ...props, retention, notifier, deadLetters, pageTopic: topics.alarms.page };
    this.alarms = renderAlarms(this, alarmsOfCopy(watched), props, topics.alarms);
  }
}
