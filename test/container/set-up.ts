import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { importBaseImages } from './base-images.ts';
import { buildImage, IMAGE } from './build-image.ts';
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
