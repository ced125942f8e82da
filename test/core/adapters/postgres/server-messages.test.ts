import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  queryMessage,
  rowColumns,
  type ServerMessage,
  serverMessages,
  serverReport,
} from '../../../../lib/core/adapters/postgres/server-messages.ts';
import { chunked, chunkLengths } from '../../tar/tar-samples.ts';

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeUInt32BE(body.byteLength + 4, 1);
  return Buffer.concat([head, body]);
}

function row(columns: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(columns.length);
  const fields = columns.map((column) => {
    const text = Buffer.from(column ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(column === null ? -1 : text.byteLength);
    return Buffer.concat([length, text]);
  });
  return Buffer.concat([count, ...fields]);
}

/** All messages of a connection; every chunk is overwritten once more is asked for. */
async function received(bytes: Uint8Array, lengths: readonly number[]): Promise<ServerMessage[]> {
  const only = Buffer.alloc(Math.max(...lengths));
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunked(bytes, lengths)) {
      only.fill(0xff).set(chunk);
      yield only.subarray(0, chunk.byteLength);
    }
  };
  const messages = serverMessages(chunks());
  const all: ServerMessage[] = [];
  do {
    for (let message = messages.next(); message !== undefined; message = messages.next()) {
      all.push({ ...message, body: Buffer.from(message.body) });
    }
  } while (await messages.more());
  return all;
}

const letter = fc.constantFrom('T', 'D', 'c', 'Z', 'E');
const bodies = fc.array(fc.tuple(letter, fc.uint8Array({ maxLength: 2_000 })), { maxLength: 20 });

describe('serverMessages', () => {
  test('gives every message whole, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, chunkLengths, async (sent, lengths) => {
        const bytes = Buffer.concat(sent.map(([type, body]) => message(type, body)));
        const got = await received(bytes, lengths);
        expect(got.map(({ type, body }) => [type, Uint8Array.from(body)])).toEqual(sent);
      }),
    );
  });

  test('passes copied data on as it arrives, and says how much of it is to come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), chunkLengths, async (data, lengths) => {
        const bytes = Buffer.concat([message('d', data), message('c', Buffer.alloc(0))]);
        const got = await received(bytes, lengths);
        expect(got.at(-1)).toMatchObject({ type: 'c', left: 0 });
        const pieces = got.slice(0, -1);
        expect(Uint8Array.from(Buffer.concat(pieces.map(({ body }) => body)))).toEqual(data);
        let left = data.byteLength;
        for (const piece of pieces) {
          left -= piece.body.byteLength;
          expect(piece).toMatchObject({ type: 'd', left });
        }
      }),
    );
  });

  test('ends when the connection does, without half a message', async () => {
    const bytes = Buffer.concat([
      message('D', Buffer.from('whole')),
      message('D', Buffer.alloc(9)),
    ]);
    for (const cut of [1, 9, 12]) {
      const got = await received(bytes.subarray(0, -cut), [7]);
      expect(got.map(({ body }) => String(body))).toEqual(['whole']);
    }
  });
});

describe('rowColumns and serverReport', () => {
  test('give every column as it was sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string({ unit: 'grapheme' })), { maxLength: 9 }),
        (columns) => {
          expect(rowColumns(row(columns))).toEqual(columns);
        },
      ),
    );
  });

  test('give the fields of an error in whatever language', () => {
    const text =
      'SFATAL\0VFATAL\0C57P01\0Mbreche Verbindung ab\0Fpostgres.c\0RProcessInterrupts\0\0';
    expect(serverReport(Buffer.from(text))).toEqual({
      severity: 'FATAL',
      sqlState: '57P01',
      message: 'breche Verbindung ab',
      hint: undefined,
      routine: 'ProcessInterrupts',
    });
  });

  test('a query is one message that ends with a zero', () => {
    expect(queryMessage('BASE_BACKUP')).toEqual(message('Q', Buffer.from('BASE_BACKUP\0')));
  });
});
