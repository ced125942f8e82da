import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { StarterConfig } from '../../core/config/starter-config.ts';
import { RunKind, STARTER_TIMEOUT_SEC } from '../../core/contract/deployed-names.ts';
import { DeployedEnv } from '../../core/contract/environment.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { cronExpressions } from '../deployment/schedule.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import { asVariables } from './as-variables.ts';
import type { BackupTask } from './backup-task.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { judgeStoppedTasks } from './judge-stopped-tasks.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link BackupFunctions}. */
export interface BackupFunctionsProps extends ClusterScope {
  readonly data: DataStack;
  readonly task: BackupTask;
  readonly schedules: FunctionSchedules;
  readonly deadLetters: sqs.IQueue;
}

/** WAL so much older than the objective is no base for a backup: it would wait for it in vain. */
const LAG_FACTOR = 4;
/** The record of a backup of some TiB names every frame: decoding it takes 650 MB. */
const RECORD_MEMORY_MIB = 1_024;

/** What starts base backups, and judges how they ended. */
export class BackupFunctions extends Construct {
  readonly starter: OpsFunction;
  readonly judge: OpsFunction;

  constructor(scope: Construct, id: string, props: BackupFunctionsProps) {
    super(scope, id);
    const { data, task, deadLetters } = props;
    const starts = {
      timeout: Duration.seconds(STARTER_TIMEOUT_SEC),
      deadLetters,
      wildcards:
        'metrics and the list of tasks know no resources; objects and tasks are told by their prefixes',
    };
    this.starter = new OpsFunction(this, 'StartBaseBackup', {
      ...starts,
      name: 'start-base-backup',
      environment: starterEnvironment(props),
      description: 'Claims a scheduled base backup and starts its task',
      statements: [...data.vault.access('start'), ...task.start(), readMetrics()],
    });
    this.judge = new OpsFunction(this, 'JudgeTask', {
      ...starts,
      name: 'judge-task',
      environment: asVariables(task.runVariables()),
      description: 'Judges how a task has ended, and has it tried once more by rule',
      statements: [...data.vault.access('judge'), ...task.start()],
      memoryMiB: RECORD_MEMORY_MIB,
    });
    judgeStoppedTasks(this, task, this.judge, deadLetters);
    this.scheduleAll(props);
  }

  private scheduleAll({ cluster, schedules }: BackupFunctionsProps): void {
    const { schedule } = cluster.backup;
    for (const [index, expression] of cronExpressions(schedule).entries()) {
      schedules.add(`BaseBackup${index + 1}`, {
        description: `Base backups of ${cluster.id}`,
        expression,
        timeZone: schedule.timeZone,
        target: this.starter.handler,
        input: { kind: RunKind.BASE_BACKUP, scheduledTime: SCHEDULED_TIME },
      });
    }
  }
}

function starterEnvironment({ cluster, task }: BackupFunctionsProps): Record<string, string> {
  const variables: z.input<typeof StarterConfig> = {
    ...task.runVariables(),
    [DeployedEnv.ARCHIVE_LAG_LIMIT_SEC]: String(cluster.rpoSec * LAG_FACTOR),
  };
  return asVariables(variables);
}

/** CloudWatch knows no resources to read metrics from. */
function readMetrics(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'SeeWhetherArchivingWorks',
    actions: ['cloudwatch:GetMetricData'],
    resources: ['*'],
  });
}
