import { Stack } from 'aws-cdk-lib';
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ClusterScope } from '../cluster-scope.ts';
import { outputPath } from '../output-path.ts';
import { TASKS_DIRECTORY, writeImageContext } from './image-context.ts';

/** The container image of one cluster: its PostgreSQL's major version, its processor. */
export class HoldfastImage extends ecrAssets.DockerImageAsset {
  constructor(scope: Construct, id: string, { deployment, cluster }: ClusterScope) {
    const { baseImages } = deployment;
    const { LINUX_ARM64, LINUX_AMD64 } = ecrAssets.Platform;
    super(scope, id, {
      directory: contextFor(scope),
      platform: cluster.instance.architecture === 'arm64' ? LINUX_ARM64 : LINUX_AMD64,
      buildArgs: {
        NODE_IMAGE: baseImages.node,
        POOLER_IMAGE: baseImages.pooler,
        POSTGRES_IMAGE: baseImages.postgres.replaceAll('{major}', String(cluster.postgres.major)),
      },
    });
  }

  /** To pull this image's layers. */
  pull(): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        sid: 'LogInToTheRegistry',
        actions: ['ecr:GetAuthorizationToken'],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        sid: 'PullTheImage',
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:GetDownloadUrlForLayer',
        ],
        resources: [this.repository.repositoryArn],
      }),
    ];
  }
}

/** Where the image is built from. As with functions, nothing is bundled for a stack that is only listed. */
function contextFor(scope: Construct): string {
  if (!Stack.of(scope).bundlingRequired) return TASKS_DIRECTORY;
  const directory = outputPath(scope, 'image');
  writeImageContext(directory);
  return directory;
}
