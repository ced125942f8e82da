import { CreateBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { Deadlines } from '../../lib/core/adapters/store/deadline.ts';
import { createS3Client, type S3Access } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { S3ObjectStore } from '../../lib/core/adapters/store/s3/s3-object-store.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../support/moto-server.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/s3-fault-proxy.ts';

/** How a store of a test speaks to S3. */
export interface StageOptions extends S3Access {
  readonly deadlines?: Deadlines;
  /** Goes around the proxy: another writer, whom no fault hits. */
  readonly direct?: true;
  /** Of the keys in the bucket. @default - one that no other store has */
  readonly prefix?: string;
}

/** An S3 server, and the proxy before it. */
export interface S3Stage {
  readonly proxy: S3FaultProxy;
  readonly bucket: string;
  open(options?: StageOptions): ObjectStore;
  /** Two stores on the same keys: one that faults hit, one that they do not. */
  openBoth(options?: StageOptions): { readonly store: ObjectStore; readonly other: ObjectStore };
  /** Keys of uploads that were neither completed nor removed. */
  uploads(): Promise<readonly string[]>;
}

/** Enough to see a repetition, few enough to see the end. */
export const ATTEMPTS = 3;

/** Tests on an S3 server behind a proxy; every test begins without faults. */
export function describeS3(title: string, tests: (s3: () => S3Stage) => void): void {
  describe.skipIf(!hasMotoServer())(`${title} (needs ${GET_MOTO})`, () => {
    const over = new AsyncDisposableStack();
    let stage: S3Stage | undefined;
    beforeAll(async () => {
      const server = over.use(await startMotoServer());
      stage = await openStage(server.endpoint, over.use(await startS3FaultProxy(server.endpoint)));
    }, 90_000);
    afterEach(() => stage?.proxy.heal());
    afterAll(async () => over.disposeAsync());
    tests(() => {
      if (stage === undefined) throw new Error('the server is not up yet');
      return stage;
    });
  });
}

async function openStage(endpoint: string, proxy: S3FaultProxy): Promise<S3Stage> {
  const bucket = `holdfast-${randomUUID()}`;
  const place = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: ATTEMPTS,
  };
  const direct = createS3Client({ ...place, endpoint });
  await direct.send(new CreateBucketCommand({ Bucket: bucket }));
  const open = (options: StageOptions = {}): ObjectStore => {
    const { deadlines, direct: isDirect, prefix = `${randomUUID()}/`, ...access } = options;
    const client = createS3Client({
      ...place,
      endpoint: isDirect === true ? endpoint : proxy.endpoint,
      ...access,
    });
    return withDeadlines(new S3ObjectStore(client, { bucket, prefix }), deadlines);
  };
  return {
    proxy,
    bucket,
    open,
    openBoth: (options = {}) => {
      const prefix = `${randomUUID()}/`;
      return {
        store: open({ ...options, prefix }),
        other: open({ prefix, direct: true }),
      };
    },
    uploads: async () => {
      const list = new ListMultipartUploadsCommand({ Bucket: bucket });
      const { Uploads = [] } = await direct.send(list);
      return Uploads.map(({ Key = '' }) => Key);
    },
  };
}
