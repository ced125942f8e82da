import { execa } from 'execa';
import { writeImageContext } from '../../lib/infra/image/image-context.ts';
import type { BaseImages } from './base-images.ts';

/** Name of the image under test. */
export const IMAGE = 'holdfast:18';

/** Builds {@link IMAGE} in the folder `context`, as CDK would have it built. */
export async function buildImage(host: string, bases: BaseImages, context: string): Promise<void> {
  writeImageContext(context);
  const args = [
    `NODE_IMAGE=${bases.node}`,
    `POOLER_IMAGE=${bases.pooler}`,
    `POSTGRES_IMAGE=${bases.postgres}`,
  ];
  const words = ['build', '--tag', IMAGE, ...args.flatMap((arg) => ['--build-arg', arg]), context];
  await execa('docker', words, { env: { DOCKER_HOST: host, DOCKER_BUILDKIT: '0' } });
}
