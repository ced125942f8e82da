import type { IncomingHttpHeaders } from 'node:http';
import { type Exchange, type Fault, refusal } from './s3-exchange.ts';

/** S3 refuses; nothing reaches the server. */
export function refuse(status: number, code: string, headers?: IncomingHttpHeaders): Fault {
  return ({ send }) => send(refusal(status, code, headers));
}

/** The connection breaks before the server has seen the request. */
export const resetBefore: Fault = ({ socket }) => {
  socket.resetAndDestroy();
};

/** The server does what it was asked for, and then the connection breaks: the answer is lost. */
export const loseAnswer: Fault = async ({ socket, forward }) => {
  await forward();
  socket.resetAndDestroy();
};

/** Nothing comes back, ever. */
export const stall: Fault = () => undefined;

/** What S3 answers when it fails after it has sent its status. */
export function errorInside(code: string, after = ''): Fault {
  return ({ send }) => {
    const { headers, body } = refusal(200, code);
    send({ status: 200, headers, body: Buffer.concat([body, Buffer.from(after)]) });
  };
}

/** The server gets a body with one bit changed. */
export const damageOnTheWayUp: Fault = async ({ sent, forward, send }) => {
  send(await forward(withOneBitChanged(sent)));
};

/** The reader gets a body with one bit changed. */
export const damageOnTheWayDown: Fault = async ({ forward, send }) => {
  const reply = await forward();
  send({ ...reply, body: withOneBitChanged(reply.body) });
};

/** The reader gets less, and is told so: as if that were the whole. */
export const shortenBody: Fault = async ({ forward, send }) => {
  const reply = await forward();
  const body = reply.body.subarray(0, -1);
  send({ ...reply, headers: { ...reply.headers, 'content-length': String(body.length) }, body });
};

/** After half of the body the connection breaks. */
export const cutBody: Fault = async (exchange) => {
  await sendHalf(exchange);
  exchange.socket.resetAndDestroy();
};

/** After half of the body nothing comes any more. */
export const stallBody: Fault = async (exchange) => sendHalf(exchange);

async function sendHalf({ outgoing, forward }: Exchange): Promise<void> {
  const { status, headers, body } = await forward();
  outgoing.writeHead(status, headers);
  const half = body.subarray(0, Math.floor(body.length / 2));
  await new Promise<void>((resolve) => {
    outgoing.write(half, () => resolve());
  });
}

function withOneBitChanged(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  const middle = Math.floor(body.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
