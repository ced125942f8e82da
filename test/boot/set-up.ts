import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { importBaseImages } from '../container/base-images.ts';
import { buildImage, IMAGE } from '../container/build-image.ts';
import { execa } from 'execa';
import { startEngine } from '../container/engine.ts';
import { GET_MACHINE, hasMachine } from './has-machine.ts';
import { startRegistry } from './registry.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the registry that has the image under test. */
    readonly registryFolder: string;
  }
}

/** Name of the image in the registry. */
export const REPOSITORY = 'holdfast:18';

/** One image for a whole run, in a registry as a deployment would leave it. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if (!hasMachine()) {
    project.vitest.logger.warn(`The host's boot is not tested here: that takes ${GET_MACHINE}`);
    return undefined;
  }
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  cleanup.defer(async () => rm(directory, { recursive: true, force: true }));
  const [engineFolder, registryFolder] = [join(directory, 'engine'), join(directory, 'registry')];
  await mkdir(engineFolder);
  await mkdir(registryFolder);
  await fillRegistry(engineFolder, registryFolder);
  project.provide('registryFolder', registryFolder);
  const owned = cleanup.move();
  return async () => owned.disposeAsync();
}

async function fillRegistry(engineFolder: string, registryFolder: string): Promise<void> {
  await using engine = await startEngine(engineFolder);
  const { host } = engine;
  await buildImage(host, await importBaseImages(host), join(engineFolder, 'context'));
  await using registry = await startRegistry(registryFolder, engine.pid);
  const name = `127.0.0.1:${registry.port}/${REPOSITORY}`;
  await execa('docker', ['tag', IMAGE, name], { env: { DOCKER_HOST: host } });
  await execa('docker', ['push', '--quiet', name], { env: { DOCKER_HOST: host } });
}
