import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { AuditFunctions } from '../constructs/audit-functions.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { RetentionFunctions } from '../constructs/retention-functions.ts';
import { HashAuditTask } from '../constructs/hash-audit-task.ts';
import { TagWatcher } from '../constructs/tag-watcher.ts';
import type { DataStack } from './data-stack.ts';
import type { NetworkStack } from './network-stack.ts';

/** Props of {@link ArchiveStack}. */
export interface ArchiveStackProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
}

/**
 * Who looks after a cluster's archive once it is written: lets go of what is due, locks what stays, reads
 * what is there, and tells of whoever weakens what guards it. Holds nothing that is kept.
 */
export class ArchiveStack extends Stack {
  readonly deadLetters: DeadLetters;
  readonly schedules: FunctionSchedules;
  readonly retention: RetentionFunctions;
  readonly tagWatcher: TagWatcher;
  readonly hashAudit: HashAuditTask;
  readonly audits: AuditFunctions;

  constructor(scope: Construct, id: string, props: ArchiveStackProps) {
    super(scope, id, clusterStackProps(props, 'archive', 'retention, audit, guard'));
    const { environment, cluster } = props;
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    this.schedules = new FunctionSchedules(this, 'Schedules', {
      groupName: `holdfast-${environment}-${cluster.id}-archive`,
      deadLetters: this.deadLetters,
    });
    const { deadLetters, schedules } = this;
    this.retention = new RetentionFunctions(this, 'Retention', { ...props, schedules });
    this.tagWatcher = new TagWatcher(this, 'Tags', { ...props, deadLetters });
    const task = new HashAuditTask(this, 'HashAudit', props);
    this.hashAudit = task;
    this.audits = new AuditFunctions(this, 'Audits', { ...props, task, schedules, deadLetters });
  }
}
