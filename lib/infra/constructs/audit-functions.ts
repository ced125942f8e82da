import { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RunKind, STARTER_TIMEOUT_SEC } from '../../core/contract/deployed-names.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { quietHourUtc } from '../deployment/schedule.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import { ArchiveAuditor } from './archive-auditor.ts';
import { asVariables } from './as-variables.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import type { HashAuditTask } from './hash-audit-task.ts';
import { judgeStoppedTasks } from './judge-stopped-tasks.ts';
import { OpsFunction } from './ops-function.ts';

/** Props of {@link AuditFunctions}. */
export interface AuditFunctionsProps extends ClusterScope {
  readonly data: DataStack;
  readonly task: HashAuditTask;
  readonly schedules: FunctionSchedules;
  readonly deadLetters: sqs.IQueue;
}

/** Behind the function that lets go, whose tags tell what need not be read again. */
const HASH_MINUTE = 45;

/** What looks at the archive every hour, and has its bytes read every day. */
export class AuditFunctions extends Construct {
  readonly auditor: OpsFunction;
  readonly starter: OpsFunction;
  readonly judge: OpsFunction;

  constructor(scope: Construct, id: string, props: AuditFunctionsProps) {
    super(scope, id);
    const { cluster, data, task, schedules, deadLetters } = props;
    this.auditor = new ArchiveAuditor(this, 'AuditArchive', props);
    const starts = {
      timeout: Duration.seconds(STARTER_TIMEOUT_SEC),
      environment: asVariables(task.runVariables()),
      deadLetters,
      wildcards:
        'the list of tasks knows no resources; objects and tasks are told by their prefixes',
    };
    this.starter = new OpsFunction(this, 'StartHashAudit', {
      ...starts,
      name: 'start-hash-audit',
      description: 'Claims a scheduled audit of hashes and starts its task',
      statements: [...data.vault.access('start'), ...task.start()],
    });
    this.judge = new OpsFunction(this, 'JudgeTask', {
      ...starts,
      name: 'judge-task',
      description: 'Judges how an audit of hashes has ended, and has it tried once more by rule',
      statements: [...data.vault.access('judge'), ...task.start()],
    });
    judgeStoppedTasks(this, task, this.judge, deadLetters);
    schedules.add('HashAudit', {
      description: `Audits of hashes of ${cluster.id}`,
      expression: `cron(${HASH_MINUTE} ${quietHourUtc(cluster.backup.schedule)} * * ? *)`,
      target: this.starter.handler,
      input: { kind: RunKind.HASH_AUDIT, scheduledTime: SCHEDULED_TIME },
    });
  }
}
