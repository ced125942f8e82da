import { appendFile, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import {
  createThrowawayServer,
  type ThrowawayOptions,
} from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';

/** Names the data directory that all servers of a run are copied from. */
const TEMPLATE_VARIABLE = 'HOLDFAST_TEST_TEMPLATE';
const SEGMENT_MEGABYTES = 1;

/** Before all tests: runs initdb once for all of them. */
export default async function setup(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-template-'));
  const server = await createThrowawayServer(await findPostgres(), {
    directory,
    walSegmentMegabytes: SEGMENT_MEGABYTES,
  });
  await server[Symbol.asyncDispose]();
  process.env[TEMPLATE_VARIABLE] = server.dataDirectory;
  return async () => rm(directory, { recursive: true, force: true });
}

/**
 * As {@link createThrowawayServer}, sooner: with segments of 1 MiB the server is a copy of one that
 * was made before. All copies are of one system; a test that wants two of them makes the second
 * itself.
 */
export async function startTestServer(
  instance: PostgresInstance,
  options: ThrowawayOptions,
): Promise<AttachedServer> {
  const template = process.env[TEMPLATE_VARIABLE];
  if (template === undefined || options.walSegmentMegabytes !== SEGMENT_MEGABYTES) {
    return createThrowawayServer(instance, options);
  }
  const { directory, settings = {} } = options;
  const dataDirectory = join(directory, 'data');
  const owner = serverOwner();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  await execa('cp', ['-a', template, dataDirectory]);
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  await appendFile(join(dataDirectory, 'postgresql.conf'), lines.join(''));
  return attachServer(instance, { dataDirectory, logFile: join(directory, 'server.log') });
}
