import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createS3Client } from '../../../../../lib/core/adapters/store/s3/s3-client.ts';
import { s3Clock } from '../../../../../lib/core/adapters/store/s3/s3-clock.ts';
import { storeClock } from '../../../../../lib/core/adapters/store/store-clock.ts';
import { isOpsError } from '../../../../../lib/core/errors/ops-error.ts';

const MOMENT = 'Sun, 22 Nov 2026 01:02:03 GMT';
const PLACE = { bucket: 'bucket', prefix: 'prod/' };

async function clockOf(answer: (response: ServerResponse) => void): Promise<Date | undefined> {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createS3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  return s3Clock(client, PLACE, 'identity.json');
}

test.each([200, 403, 404, 503])('an answer with status %i tells the time', async (status) => {
  const time = await clockOf((response) => response.writeHead(status, { date: MOMENT }).end());
  expect(time).toEqual(new Date(MOMENT));
});

test('no answer at all is an error of the store', async () => {
  const asking = clockOf((response) => response.destroy());
  await expect(asking).rejects.toSatisfy((error) => isOpsError(error, 'STORE-UNAVAILABLE'));
});

test('a folder tells no time', async () => {
  expect(await storeClock('file:///nowhere', 'identity.json')).toBeUndefined();
});
