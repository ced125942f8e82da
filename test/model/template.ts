import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';

/** A stopped server's data directory, to begin any number of histories from. */
export interface Template {
  readonly instance: PostgresInstance;
  readonly dataDirectory: string;
  /** Puts a copy to `path`, which does not exist yet. */
  copyTo(path: string): Promise<void>;
}

/** All WAL is kept, so that it can be read once a history is over; nothing writes by itself. */
const SETTINGS = {
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  fsync: 'off',
  max_connections: '20',
  max_prepared_transactions: '10',
  shared_buffers: '16MB',
  wal_keep_size: '4GB',
};
/** Two databases less in every backup. Nobody makes another from them here. */
const DROP_TEMPLATES = [
  'UPDATE pg_database SET datistemplate = false',
  'DROP DATABASE template0',
  'DROP DATABASE template1',
];

/** Makes a small cluster with segments of 1 MiB. */
export async function makeTemplate(
  instance: PostgresInstance,
): Promise<Template & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-template-'));
  const remove = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const server = await createThrowawayServer(instance, {
      directory,
      settings: SETTINGS,
      walSegmentMegabytes: 1,
    });
    await server.run(
      'psql',
      DROP_TEMPLATES.flatMap((statement) => ['-Xqc', statement]),
    );
    await server[Symbol.asyncDispose]();
    const template = openTemplate(instance, server.dataDirectory);
    return { ...template, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What {@link makeTemplate} has made, in another process. */
export function openTemplate(instance: PostgresInstance, dataDirectory: string): Template {
  const copyTo = async (path: string): Promise<void> => copyDirectory(dataDirectory, path);
  return { instance, dataDirectory, copyTo };
}

/** Copies a data directory as it is, owners and modes included, and whatever a server does to it. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  await execa('cp', ['-a', from, to]);
}
