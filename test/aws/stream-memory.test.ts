import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { NODE } from '../support/checkout.ts';
import { s3Environment } from '../support/s3-environment.ts';

const PROGRAM = join(import.meta.dirname, '../support/streamed-object.ts');
const MEBIBYTE = 1024 * 1024;
const LIMIT_MEBIBYTES = 300;
/** What garbage collection leaves to chance. */
const SLACK_MEBIBYTES = 48;

/** An S3 that keeps nothing but the length of what it was given, so that it costs no memory itself. */
async function startSink(): Promise<string> {
  let stored = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');
  return `http://127.0.0.1:${address.port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const chunk of request) if (request.method === 'PUT') stored += chunk.length;
    const { method, url = '' } = request;
    if (method === 'PUT') response.setHeader('etag', '"part"').end();
    else if (method === 'HEAD') {
      response.writeHead(stored === 0 ? 404 : 200, { 'content-length': stored }).end();
    } else if (method === 'POST' && url.includes('uploads')) {
      response.end('<R><UploadId>upload</UploadId></R>');
    } else if (method === 'POST') response.end('<R><ETag>"whole"</ETag></R>');
    else if (url.includes('list-type')) response.end('<R></R>');
    else {
      response.writeHead(200, { 'content-length': stored, etag: '"whole"' });
      await pipeline(Readable.from(zeros(stored)), response);
    }
  }
}

function* zeros(bytes: number): Generator<Uint8Array> {
  for (let done = 0; done < bytes; done += MEBIBYTE) yield Buffer.alloc(MEBIBYTE);
}

/** The most memory, in MiB, of a process that stores and reads an object of so many MiB. */
async function peakOf(mebibytes: number): Promise<number> {
  const words = ['--max-semi-space-size=8', PROGRAM, 's3://bucket/prod', String(mebibytes)];
  const { stdout } = await execa(NODE, words, { env: s3Environment(await startSink()) });
  return Number(stdout);
}

test('an object is streamed to and from S3 in memory that does not grow with it', async ({
  annotate,
}) => {
  // Parts under way, and what waits for the collector, fill some 200 MiB before they are used again.
  const small = await peakOf(256);
  const large = await peakOf(1024);
  await annotate(`peak at 256 MiB: ${small} MiB, at 1 GiB: ${large} MiB`);
  expect(large).toBeLessThan(LIMIT_MEBIBYTES);
  expect(large - small).toBeLessThan(SLACK_MEBIBYTES);
});
