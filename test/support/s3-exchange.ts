import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request as the SDK sent it. */
export interface SeenRequest {
  readonly method: string;
  /** As on the wire, escapes included, without the query. */
  readonly path: string;
  /** Plain, without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

/** What goes back to the SDK. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request on its way, and what may be done with it. */
export interface Exchange {
  readonly request: SeenRequest;
  readonly sent: Buffer;
  readonly socket: Socket;
  readonly outgoing: ServerResponse;
  /** Has the server do it, with another body if one is given. */
  readonly forward: (body?: Buffer) => Promise<Reply>;
  readonly send: (reply: Reply) => void;
}

/** What happens to a request instead of being passed on. */
export type Fault = (exchange: Exchange) => Promise<void> | void;

/** An answer as S3 words its errors. */
export function refusal(status: number, code: string, headers: IncomingHttpHeaders = {}): Reply {
  const body = `<Error><Code>${code}</Code><Message>${code} by the proxy</Message></Error>`;
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: Buffer.from(body),
  };
}
