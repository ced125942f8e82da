import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** What to answer; without a status the connection is cut. */
export interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP server on the loopback that keeps what it is asked. */
export interface AnsweringServer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  /** What the next requests get, one each; all later ones get the last. */
  answer(...answers: readonly Answer[]): void;
  /** Forgets what was asked, and answers 200 again. */
  reset(): void;
}

const FINE: Answer = { status: 200, text: 'ok' };

export async function startAnsweringServer(): Promise<AnsweringServer> {
  const seen: SeenRequest[] = [];
  let answers: readonly Answer[] = [FINE];
  const server = createServer((request, response) => {
    void read(request).then((asked) => {
      seen.push(asked);
      const [next = FINE, ...later] = answers;
      if (later.length > 0) answers = later;
      if (next.status === undefined) return response.destroy();
      return response.writeHead(next.status, { ...next.headers }).end(next.text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    seen,
    answer: (...next) => {
      answers = next;
    },
    reset: () => {
      seen.length = 0;
      answers = [FINE];
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * `fetch`, but whatever it is asked goes to `origin`, under the host's name and the path: so what
 * speaks only to an https host of somebody else's speaks to a server of the test.
 */
export function fetchFrom(origin: string): typeof fetch {
  const real = globalThis.fetch;
  return async (input, init) => {
    const { host, pathname } = new URL(input instanceof Request ? input.url : input);
    return real(`${origin}/${host}${pathname}`, init);
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const { method = '', url = '', headers } = request;
  return { method, path: url, contentType: headers['content-type'], body: await text(request) };
}
