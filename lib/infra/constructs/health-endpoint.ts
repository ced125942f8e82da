import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { DeployedEnv } from '../../core/contract/environment.ts';
import { acknowledge } from '../acknowledge.ts';
import { DatabaseFunction, type DatabaseFunctionScope } from './database-function.ts';
import type { OpsFunction } from './ops-function.ts';
import { probeVariables } from './probe-variables.ts';

const TIMEOUT = Duration.seconds(15);
/** Whoever floods the address gets no more than two of the server's connections. */
const AT_ONCE = 2;
const TOKEN_LENGTH = 64;

/**
 * An address at which monitors outside AWS ask how a cluster is: they cannot sign requests, so a bearer token is
 * what admits them.
 */
export class HealthEndpoint extends Construct {
  readonly answerer: OpsFunction;

  constructor(scope: Construct, id: string, props: DatabaseFunctionScope) {
    super(scope, id);
    const { cluster } = props;
    const token = new secretsmanager.Secret(this, 'Token', {
      description: `Holdfast: token with which outside monitors ask how ${cluster.id} is`,
      generateSecretString: { passwordLength: TOKEN_LENGTH, excludePunctuation: true },
      // No deployment may delete a secret: a person does.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(token, 'SMG4', 'a person hands it to monitors, so a person changes it');
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
    }).function;
    const url = this.answerer.handler.addFunctionUrl({
      authType: lambda.FunctionUrlAuthType.NONE,
    });
    new CfnOutput(this, 'Address', {
      description: 'Where outside monitors ask',
      value: url.url,
    });
  }
}
