import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { copyBucketName } from '../bucket-name.ts';
import {
  type ClusterScope,
  clusterStackProps,
  copyRoleName,
  deploymentRole,
} from '../cluster-scope.ts';
import { roleArn } from '../constructs/archive-copy.ts';
import { BackupVault } from '../constructs/backup-vault.ts';
import { ClusterKey } from '../constructs/cluster-key.ts';
import { archiveLock } from '../deployment/retention.ts';

/**
 * The copy of a cluster's archive, in another region: a bucket of its own under a key of its own, so that
 * whoever loses the archive, its key or its region has it still. It outlives its stack.
 */
export class CopyStack extends Stack {
  readonly key: ClusterKey;
  readonly vault: BackupVault;

  /** @param props - as `copyScope` gives them. */
  constructor(scope: Construct, id: string, props: ClusterScope) {
    super(scope, id, clusterStackProps(props, 'copy', 'copy of the archive, its key'));
    const { environment, cluster } = props;
    const { breakGlassRoleArn, retention } = cluster;
    const { archiveAfterDays } = retention;
    const deploymentRoleArn = deploymentRole(props);
    this.key = new ClusterKey(this, 'Key', {
      alias: `alias/holdfast/${environment}/${cluster.id}/copy`,
      breakGlassRoleArn,
      deploymentRoleArn,
      deletionWindow: Duration.days(retention.keyDeletionDays),
    });
    this.vault = new BackupVault(this, 'Vault', {
      cluster: cluster.id,
      bucketName: copyBucketName(props),
      deploymentRoleArn,
      replicationRoleArn: roleArn(this, copyRoleName(props)),
      key: this.key,
      undeleteWindow: Duration.days(retention.undeleteDays),
      lock: archiveLock(cluster),
      archiveAfter: archiveAfterDays === undefined ? undefined : Duration.days(archiveAfterDays),
      breakGlassRoleArn,
    });
  }
}
