import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { exceptFor } from './except-for.ts';

/** Props of {@link ClusterKey}. */
export interface ClusterKeyProps {
  /** `alias/…` */
  readonly alias: string;
  /**
   * The only role that may disable the key or schedule its deletion.
   *
   * @default - none: whoever means to must change the key's policy first
   */
  readonly breakGlassRoleArn?: string | undefined;
}

/** What ends a key, and with it every backup that is encrypted under it. */
const ENDS_A_KEY = ['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:DeleteImportedKeyMaterial'];

/** The key of one cluster: its volume, its bucket, its secrets. It outlives its stack. */
export class ClusterKey extends kms.Key {
  constructor(scope: Construct, id: string, { alias, breakGlassRoleArn }: ClusterKeyProps) {
    super(scope, id, {
      alias,
      description: `Holdfast: all that is kept of ${alias.replace(/^alias\//, '')}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'NobodyEndsTheKey',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ENDS_A_KEY,
        resources: ['*'],
        conditions: exceptFor(breakGlassRoleArn),
      }),
    );
  }
}
