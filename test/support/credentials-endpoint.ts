import { once } from 'node:events';
import { createServer } from 'node:http';

/** What hands out credentials to a machine or a container. */
export interface CredentialsEndpoint extends AsyncDisposable {
  readonly origin: string;
  /** Sessions given so far. */
  asked(): number;
}

/** Where a task of ECS asks; for `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
export const CONTAINER_PATH = '/session';
/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
const INSTANCE_PATH = '/latest/meta-data/iam/security-credentials/';
const ROLE = 'backup';
const SESSION_MS = 6 * 3_600_000;

/**
 * Starts an endpoint that speaks like that of a container and that of an instance, and gives a session
 * of its own, `KEY1`, `KEY2`…, whenever it is asked.
 */
export async function startCredentialsEndpoint(): Promise<CredentialsEndpoint> {
  let asked = 0;
  const session = (): string => {
    asked += 1;
    return JSON.stringify({
      Code: 'Success',
      AccessKeyId: `KEY${asked}`,
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: new Date(Date.now() + SESSION_MS).toISOString(),
    });
  };
  const server = createServer(({ method, url, headers }, response) => {
    response.setHeader('content-type', 'application/json');
    const isFromInstance = headers['x-aws-ec2-metadata-token'] === 'metadata-token';
    if (url === CONTAINER_PATH) response.end(session());
    else if (method === 'PUT' && url === '/latest/api/token') response.end('metadata-token');
    else if (isFromInstance && url === INSTANCE_PATH) response.end(ROLE);
    else if (isFromInstance && url === `${INSTANCE_PATH}${ROLE}`) response.end(session());
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
