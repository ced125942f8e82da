import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { S3ObjectStore } from '../../lib/core/adapters/store/s3/s3-object-store.ts';
import { fill, plainPut } from '../contract/store-helpers.ts';
import { GET_AWS, hasAwsCommand } from '../support/aws-command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../support/moto-server.ts';

const PAGE = new URL('../../docs/restore-by-hand.md', import.meta.url);
const BUCKET = 'holdfast-by-hand';
const HIDDEN = ['orders/7-15/base/1/backup.json', 'orders/7-15/wal/00000001/a.zst'];
const KEPT = 'orders/7-15/wal/00000001/a.zst.b';
const NEWER = Buffer.from('put again, and hidden again');

const canRun = hasMotoServer() && hasAwsCommand();

describe.skipIf(!canRun)(`reading what is hidden by hand (needs ${GET_MOTO}; ${GET_AWS})`, () => {
  test('the commands of the page copy the newest hidden version of each object', async () => {
    await using server = await startMotoServer();
    const { endpoint } = server;
    const [accessKeyId, secretAccessKey] = ['testing', 'testing'];
    const credentials = { accessKeyId, secretAccessKey };
    const client = createS3Client({ endpoint, region: 'us-east-1', credentials });
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
    const store = new S3ObjectStore(client, { bucket: BUCKET, prefix: '' });
    const mark = async (Key: string) =>
      client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    await fill(store, [...HIDDEN, KEPT]);
    for (const key of HIDDEN) await mark(key);
    const [, again = ''] = HIDDEN;
    await store.putIfAbsent(again, NEWER, plainPut(NEWER));
    await mark(again);

    const [, commands = ''] = /^```bash\n(.*?)^```$/ms.exec(await readFile(PAGE, 'utf8')) ?? [];
    const folder = await temporaryFolder();
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      BUCKET,
      PREFIX: 'orders/',
      STORE: folder,
    };
    await execa('sh', ['-eu'], { env, extendEnv: false, input: commands });
    expect(await readFile(join(folder, HIDDEN[0] ?? ''), 'utf8')).toBe(HIDDEN[0]);
    expect(await readFile(join(folder, again))).toEqual(NEWER);
    await expect(readFile(join(folder, KEPT))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
