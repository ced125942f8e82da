import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type ClusterScope, clusterStackProps } from '../cluster-scope.ts';
import { BackupFunctions } from '../constructs/backup-functions.ts';
import { BackupTask } from '../constructs/backup-task.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { FunctionSchedules } from '../constructs/function-schedules.ts';
import { EstateProbe } from '../constructs/estate-probe.ts';
import { HealthFunctions } from '../constructs/health-functions.ts';
import { HostFollower } from '../constructs/host-follower.ts';
import { LogFilters } from '../constructs/log-filters.ts';
import { SecretRotation } from '../constructs/secret-rotation.ts';
import type { DataStack } from './data-stack.ts';
import type { HostStack } from './host-stack.ts';
import type { NetworkStack } from './network-stack.ts';

/** Props of {@link BackupStack}. */
export interface BackupStackProps extends ClusterScope {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly host: HostStack;
}

/** All that works on a cluster from outside: schedules, functions, tasks. Holds nothing that is kept. */
export class BackupStack extends Stack {
  readonly deadLetters: DeadLetters;
  readonly schedules: FunctionSchedules;
  readonly task: BackupTask;
  readonly functions: BackupFunctions;
  readonly follower: HostFollower;
  readonly rotation: SecretRotation;
  readonly health: HealthFunctions;
  readonly estate: EstateProbe;

  constructor(scope: Construct, id: string, props: BackupStackProps) {
    super(scope, id, clusterStackProps(props, 'backup', 'schedules, functions, tasks'));
    const { environment, cluster } = props;
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    this.schedules = new FunctionSchedules(this, 'Schedules', {
      groupName: `holdfast-${environment}-${cluster.id}`,
      deadLetters: this.deadLetters,
    });
    this.task = new BackupTask(this, 'BaseBackup', props);
    const { deadLetters, schedules, task } = this;
    this.functions = new BackupFunctions(this, 'Functions', {
      ...props,
      task,
      schedules,
      deadLetters,
    });
    this.follower = new HostFollower(this, 'Host', { ...props, schedules, deadLetters });
    this.rotation = new SecretRotation(this, 'Secrets', props);
    this.health = new HealthFunctions(this, 'Health', { ...props, schedules });
    const { functions, follower, rotation, health } = this;
    this.estate = new EstateProbe(this, 'ProbeEstate', {
      ...props,
      schedules,
      functions: [
        functions.starter,
        functions.judge,
        follower.follower,
        rotation.rotator,
        health.probe,
        health.diagnoser,
      ],
    });
    new LogFilters(this, 'LogFilters', { ...props, logGroup: props.host.logGroup });
  }
}
