import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** To read one parameter. */
export function readParameter(scope: Construct, name: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ReadTheCertificates',
    actions: ['ssm:GetParameter'],
    resources: [
      Stack.of(scope).formatArn({
        service: 'ssm',
        resource: 'parameter',
        resourceName: name.slice(1),
      }),
    ],
  });
}
