import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
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
   * @default - none: whoever means to must deploy one first
   */
  readonly breakGlassRoleArn?: string | undefined;
  /** The role by which deployments change what is deployed. */
  readonly deploymentRoleArn: string;
  /** For so long a key whose deletion is scheduled can be called back: 7 to 30 days. */
  readonly deletionWindow: Duration;
}

/** What ends a key, and with it every backup that is encrypted under it. */
const ENDS_A_KEY = ['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:DeleteImportedKeyMaterial'];

/** The key of one cluster: its volume, its bucket, its secrets. It outlives its stack. */
export class ClusterKey extends kms.Key {
  constructor(scope: Construct, id: string, props: ClusterKeyProps) {
    const { alias, breakGlassRoleArn, deploymentRoleArn, deletionWindow } = props;
    super(scope, id, {
      alias,
      description: `Holdfast: all that is kept of ${alias.replace(/^alias\//, '')}`,
      enableKeyRotation: true,
      pendingWindow: deletionWindow,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.deny('NobodyEndsTheKey', ENDS_A_KEY, breakGlassRoleArn);
    // Else whoever is denied the end gives it to themselves first. The root user has the last word, lest
    // nobody have it once the deployments' role is gone.
    const { partition, account } = Stack.of(this);
    const root = `arn:${partition}:iam::${account}:root`;
    const changers = [deploymentRoleArn, breakGlassRoleArn, root];
    this.deny('OnlyDeploymentsChangeWhoMay', ['kms:PutKeyPolicy'], ...changers);
  }

  private deny(
    sid: string,
    actions: string[],
    ...exceptRoleArns: readonly (string | undefined)[]
  ): void {
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        sid,
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions,
        resources: ['*'],
        conditions: exceptFor(...exceptRoleArns),
      }),
    );
  }
}
