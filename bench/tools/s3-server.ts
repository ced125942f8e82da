import { startMotoServer } from '../../test/support/moto-server.ts';

/** An S3 API server on this machine for tools that keep backups nowhere else. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** What is no tool's own: its processes. */
  readonly pids: ReadonlySet<number>;
  /** What programs need in their environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes an empty bucket; gives the URL of a folder in it. */
  makeBucket(): Promise<string>;
}

const REGION = 'us-east-1';
/** Any will do. */
const KEY = 'testing';

/** Starts moto, an S3 server for tests: it says how tools compare over S3, not how fast S3 is. */
export async function startS3Server(): Promise<S3Server> {
  const moto = await startMotoServer();
  const { endpoint, pid } = moto;
  // Somebody's own account: it would win over the keys.
  delete process.env['AWS_PROFILE'];
  let made = 0;
  return {
    endpoint,
    pids: new Set([pid]),
    environment: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: KEY,
    },
    makeBucket: async () => {
      made += 1;
      const bucket = `bench-${made}`;
      const { ok, status } = await fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
      if (!ok) throw new Error(`the S3 server makes no bucket: status ${status}`);
      return `s3://${bucket}/backups`;
    },
    [Symbol.asyncDispose]: async () => moto[Symbol.asyncDispose](),
  };
}
