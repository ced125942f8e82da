import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DeployedEnv } from '../../core/contract/environment.ts';
import { DatabaseFunction, type DatabaseFunctionScope } from './database-function.ts';
import type { OpsFunction } from './ops-function.ts';
import { probeVariables } from './probe-variables.ts';

const TIMEOUT = Duration.seconds(15);
/** Whoever floods the address gets no more than two of the server's connections. */
const AT_ONCE = 2;

/** Props of {@link HealthEndpoint}. */
export interface HealthEndpointProps extends DatabaseFunctionScope {
  /** Under the cluster's key. */
  readonly token: secretsmanager.ISecret;
}

/**
 * An address at which monitors outside AWS ask how a cluster is: they cannot sign requests, so a bearer token is
 * what admits them.
 */
export class HealthEndpoint extends Construct {
  readonly answerer: OpsFunction;

  constructor(scope: Construct, id: string, props: HealthEndpointProps) {
    super(scope, id);
    const { cluster, token } = props;
    this.answerer = new DatabaseFunction(this, 'AnswerHealth', {
      ...props,
      name: 'answer-health',
      description: `Answers outside monitors how ${cluster.id} is`,
      timeout: TIMEOUT,
      variables: { ...probeVariables(cluster), [DeployedEnv.TOKEN_SECRET]: token.secretArn },
      use: 'probe',
      statements: [
        new iam.PolicyStatement({
          sid: 'ReadTheToken',
          actions: ['secretsmanager:GetSecretValue'],
          resources: [token.secretArn],
        }),
      ],
      atOnce: AT_ONCE,
    });
    const url = this.answerer.handler.addFunctionUrl({
      authType: lambda.FunctionUrlAuthType.NONE,
    });
    new CfnOutput(this, 'Address', {
      description: 'Where outside monitors ask',
      value: url.url,
    });
  }
}
