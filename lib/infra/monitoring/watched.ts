import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ClusterScope } from '../cluster-scope.ts';
import type { ArchiveGuard } from '../constructs/archive-guard.ts';
import type { OpsFunction } from '../constructs/ops-function.ts';
import type { ArchiveStack } from '../stacks/archive-stack.ts';
import type { BackupStack } from '../stacks/backup-stack.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { HostStack } from '../stacks/host-stack.ts';

/** What the alarms of a cluster look at. */
export interface Watched extends ClusterScope {
  readonly data: DataStack;
  readonly host: HostStack;
  readonly backup: BackupStack;
  readonly archive: ArchiveStack;
  readonly guard: ArchiveGuard;
  readonly notifier: OpsFunction;
  readonly pageTopic: sns.ITopic;
  /** Of the notifier. */
  readonly undelivered: sqs.IQueue;
}
