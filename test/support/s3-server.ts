import type { TestProject } from 'vitest/node';
import { startMotoServer } from './moto-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the S3 server that all tests of this project share. */
    readonly s3Endpoint: string;
  }
}

/** One S3 server for a whole run: each test file makes buckets of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startMotoServer();
  project.provide('s3Endpoint', server.endpoint);
  return async () => server[Symbol.asyncDispose]();
}
