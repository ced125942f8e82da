import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request as sendHttp } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Fault, refusal, type Reply, type SeenRequest } from './s3-exchange.ts';

/** Which requests a fault hits: those that have all of these. */
export interface RequestMatch {
  readonly method?: string;
  readonly key?: RegExp;
  /** Name of a query parameter that is there: `uploads`, `partNumber`, `uploadId`, `list-type`… */
  readonly query?: string;
  /** Name of one that is not. */
  readonly withoutQuery?: string;
}

/** How often a fault hits. */
export interface FaultTimes {
  /** Requests that match and pass first. @default 0 */
  readonly skip?: number;
  /** @default 1 */
  readonly times?: number;
}

/** A proxy between the SDK and an S3 server, which does what real S3 and real networks do. */
export interface S3FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests that came in, in order. */
  readonly seen: readonly SeenRequest[];
  /** Requests among them. */
  matching(match: RequestMatch): readonly SeenRequest[];
  inject(match: RequestMatch, fault: Fault, times?: FaultTimes): void;
  /** Ends all faults and forgets what was seen. */
  heal(): void;
}

interface Rule {
  readonly match: RequestMatch;
  readonly fault: Fault;
  skip: number;
  times: number;
}

/**
 * Starts a proxy on the loopback. Other than the server behind it, it holds every body against its
 * `x-amz-checksum-sha256`, as Amazon S3 does.
 *
 * @param target - the server's `http://host:port`.
 */
export async function startS3FaultProxy(target: string): Promise<S3FaultProxy> {
  const seen: SeenRequest[] = [];
  let rules: Rule[] = [];
  const faultFor = (request: SeenRequest): Fault | undefined => {
    const rule = rules.find((one) => one.times > 0 && matches(request, one.match));
    if (rule === undefined) return undefined;
    if (rule.skip > 0) {
      rule.skip -= 1;
      return undefined;
    }
    rule.times -= 1;
    return rule.fault;
  };
  const server = createServer((incoming, outgoing) => {
    const { socket, method = 'GET', url = '/', headers } = incoming;
    const send = ({ status, headers: fields, body }: Reply): void => {
      outgoing.writeHead(status, withoutTransfer(fields));
      outgoing.end(method === 'HEAD' ? undefined : body);
    };
    const handle = async (): Promise<void> => {
      const sent = await buffer(incoming);
      const request = describe(method, url, headers, sent);
      seen.push(request);
      const forward = async (body: Buffer = sent): Promise<Reply> =>
        isAsItsChecksum(headers, body)
          ? relay(new URL(url, target), method, headers, body)
          : refusal(400, 'XAmzContentChecksumMismatch');
      const fault = faultFor(request);
      if (fault === undefined) send(await forward());
      else await fault({ request, sent, socket, outgoing, forward, send });
    };
    // Either end may be gone by now: the SDK then sees a lost connection, as it would.
    handle().catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    seen,
    matching: (match) => seen.filter((request) => matches(request, match)),
    inject: (match, fault, { skip = 0, times = 1 } = {}) => {
      rules.push({ match, fault, skip, times });
    },
    heal: () => {
      rules = [];
      seen.length = 0;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function describe(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  sent: Buffer,
): SeenRequest {
  const [path = '', search = ''] = url.split('?', 2);
  const [, , ...segments] = path.split('/').map(decodeURIComponent);
  const query = new URLSearchParams(search);
  return { method, path, key: segments.join('/'), query, headers, bytes: sent.byteLength };
}

function matches(request: SeenRequest, match: RequestMatch): boolean {
  return (
    (match.method === undefined || match.method === request.method) &&
    (match.key === undefined || match.key.test(request.key)) &&
    (match.query === undefined || request.query.has(match.query)) &&
    (match.withoutQuery === undefined || !request.query.has(match.withoutQuery))
  );
}

function isAsItsChecksum(headers: IncomingHttpHeaders, body: Buffer): boolean {
  const checksum = headers['x-amz-checksum-sha256'];
  return checksum === undefined || checksum === createHash('sha256').update(body).digest('base64');
}

async function relay(
  url: URL,
  method: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Reply> {
  const request = sendHttp(url, { method, headers: { ...headers, host: url.host } });
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  request.on('error', reject);
  request.on('response', (response) => {
    const { statusCode: status = 502, headers: fields } = response;
    buffer(response).then((bytes) => resolve({ status, headers: fields, body: bytes }), reject);
  });
  request.end(body);
  return promise;
}

/** The proxy's own connection has a life, and a length, of its own. */
function withoutTransfer(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _, 'transfer-encoding': __, ...rest } = headers;
  return rest;
}
