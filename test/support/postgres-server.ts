import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import {
  createThrowawayServer,
  type ThrowawayOptions,
} from '../../lib/core/adapters/postgres/throwaway-server.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';

/** A test file's own server, and where it lives. */
export interface TestServer {
  readonly instance: PostgresInstance;
  readonly server: AttachedServer;
  /** Owned by the server's account; more may be put here. Removed at the end. */
  readonly directory: string;
}

/**
 * One real server for the whole test file, made before its tests and gone after them, whatever
 * they did to it.
 *
 * @returns how to reach it; only to be called inside tests and hooks.
 */
export function testServer(options: Omit<ThrowawayOptions, 'directory'> = {}): () => TestServer {
  let made: TestServer | undefined;
  let directory: string | undefined;

  beforeAll(async () => {
    const instance = await findPostgres();
    directory = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    const server = await createThrowawayServer(instance, {
      ...options,
      directory,
      settings: { fsync: 'off', ...options.settings },
    });
    made = { instance, server, directory };
  });

  afterAll(async () => {
    // Nothing in it is needed any more, so it is not worth a shutdown checkpoint.
    await made?.server.killNine();
    await made?.server[Symbol.asyncDispose]();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  return () => {
    if (made === undefined) throw new Error('the server is made in beforeAll');
    return made;
  };
}
