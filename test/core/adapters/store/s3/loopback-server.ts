import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { createS3Client } from '../../../../../lib/core/adapters/store/s3/s3-client.ts';
import { S3ObjectStore } from '../../../../../lib/core/adapters/store/s3/s3-object-store.ts';

/** What a faulty S3 server does with the requests it gets. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A secret that no error may repeat. */
export const SECRET = 'a-secret-access-key';
const ACCESS_KEY_ID = 'AKIAEXAMPLE';

/** A store on a loopback server that lives as long as the test. */
export async function storeAnswering(answer: Answer): Promise<S3ObjectStore> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return storeAt(address.port);
}

/** A store on a port of the loopback. */
export function storeAt(port: number): S3ObjectStore {
  const client = createS3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET },
    maxAttempts: 2,
  });
  return new S3ObjectStore(client, { bucket: 'bucket', prefix: 'prod/' });
}

/** Ends a response with an error as S3 words it. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>${code} by the server</Message></Error>`);
}
