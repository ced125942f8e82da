import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeployedEnv } from '../../core/contract/environment.ts';
import { DatabaseFunction, type DatabaseFunctionScope } from './database-function.ts';
import { type FunctionSchedules, SCHEDULED_TIME } from './function-schedules.ts';
import { HealthEndpoint } from './health-endpoint.ts';
import type { OpsFunction } from './ops-function.ts';
import { probeVariables } from './probe-variables.ts';

/** Props of {@link HealthFunctions}. */
export interface HealthFunctionsProps extends DatabaseFunctionScope {
  readonly schedules: FunctionSchedules;
}

/** Over before the next begins: no two ever look at once. */
const PROBE_TIMEOUT = Duration.seconds(40);
/** A page waits for it, and not for long. */
const DIAGNOSIS_TIMEOUT = Duration.seconds(15);

/** What looks into the database: every minute, at a page, and when an outside monitor asks. */
export class HealthFunctions extends Construct {
  readonly probe: OpsFunction;
  readonly diagnoser: OpsFunction;
  /** Absent where the file wants none. */
  readonly answerer: OpsFunction | undefined;

  constructor(scope: Construct, id: string, props: HealthFunctionsProps) {
    super(scope, id);
    const { cluster, schedules } = props;
    this.probe = new DatabaseFunction(this, 'ProbeDatabase', {
      ...props,
      name: 'probe-database',
      description: `Looks how the database of ${cluster.id} is`,
      timeout: PROBE_TIMEOUT,
      variables: probeVariables(cluster),
      use: 'probe',
    });
    this.diagnoser = new DatabaseFunction(this, 'Diagnose', {
      ...props,
      name: 'diagnose',
      description: `Says what stands behind a page about ${cluster.id}`,
      timeout: DIAGNOSIS_TIMEOUT,
      variables: { [DeployedEnv.PROBE_LOG_GROUP]: this.probe.logGroup.logGroupName },
      use: 'diagnose',
      statements: [readLog(this.probe)],
    });
    const { healthToken: token } = props.data;
    this.answerer =
      token === undefined
        ? undefined
        : new HealthEndpoint(this, 'Endpoint', { ...props, token }).answerer;
    schedules.add('ProbeDatabase', {
      description: `How the database of ${cluster.id} is`,
      expression: 'rate(1 minute)',
      target: this.probe.handler,
      input: { scheduledTime: SCHEDULED_TIME },
    });
  }
}

/** What the probe wrote down in the minutes before. */
function readLog({ logGroup }: OpsFunction): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ReadTheLogOfTheProbe',
    actions: ['logs:FilterLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}
