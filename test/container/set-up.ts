import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { writeImageContext } from '../../lib/infra/image/image-context.ts';
import { type BaseImages, importBaseImages } from './base-images.ts';
import { GET_ENGINE, hasEngine, startEngine } from './engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the engine that all tests of this project share. */
    readonly dockerHost: string;
    /** The image under test, as it is deployed but for what it is built on. */
    readonly image: string;
    /** What it is built on. */
    readonly baseImage: string;
  }
}

const IMAGE = 'holdfast:18';

/** One engine and one image for a whole run. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if (!hasEngine()) {
    project.vitest.logger.warn(`The image is not tested here: that takes ${GET_ENGINE}`);
    return undefined;
  }
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-engine-'));
  cleanup.defer(async () => rm(directory, { recursive: true, force: true }));
  const { host } = cleanup.use(await startEngine(directory));
  const bases = await importBaseImages(host);
  await buildImage(host, bases, join(directory, 'context'));
  project.provide('dockerHost', host);
  project.provide('baseImage', bases.postgres);
  project.provide('image', IMAGE);
  const owned = cleanup.move();
  return async () => owned.disposeAsync();
}

/** As CDK would have it built. */
async function buildImage(host: string, bases: BaseImages, context: string): Promise<void> {
  writeImageContext(context);
  const args = [
    `NODE_IMAGE=${bases.node}`,
    `POOLER_IMAGE=${bases.pooler}`,
    `POSTGRES_IMAGE=${bases.postgres}`,
  ];
  const words = ['build', '--tag', IMAGE, ...args.flatMap((arg) => ['--build-arg', arg]), context];
  await execa('docker', words, { env: { DOCKER_HOST: host, DOCKER_BUILDKIT: '0' } });
}
