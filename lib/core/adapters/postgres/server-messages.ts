import { byteReader } from '../../tar/byte-reader.ts';

/**
 * One message of PostgreSQL's protocol, from the server.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface ServerMessage {
  /** One character. */
  readonly type: string;
  /** A view that stays valid. */
  readonly body: Buffer;
  /** Bytes of the same message still to come: only `CopyData` is given in pieces, as it arrives. */
  readonly left: number;
}

/** What an error or a notice says; in the server's language. */
export interface ServerReport {
  /** `FATAL`, `ERROR`, `WARNING`… */
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** The function in the server's source that spoke: the same in every language. */
  readonly routine: string;
}

const HEAD_BYTES = 5;
const LENGTH_BYTES = 4;
const COPY_DATA = 'd';

/** The messages on `socket` until its end; nothing is read ahead of what is asked for. */
export async function* serverMessages(
  socket: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerMessage, void, undefined> {
  const reader = byteReader(socket[Symbol.asyncIterator]());
  for (;;) {
    const head = bufferOf(await reader.take(HEAD_BYTES));
    if (head.byteLength < HEAD_BYTES) return;
    const bytes = head.readUInt32BE(1) - LENGTH_BYTES;
    const type = head.toString('latin1', 0, 1);
    if (type !== COPY_DATA) {
      const body = bytes === 0 ? Buffer.alloc(0) : bufferOf(await reader.take(bytes));
      if (body.byteLength < bytes) return;
      yield { type, body, left: 0 };
      continue;
    }
    for (let left = bytes; left > 0;) {
      const body = bufferOf(await reader.takeSome(left));
      if (body.byteLength === 0) return;
      left -= body.byteLength;
      yield { type, body, left };
    }
  }
}

/** Columns of a `DataRow`, as text. */
export function rowColumns(body: Buffer): readonly (string | null)[] {
  const columns: (string | null)[] = [];
  let offset = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    const bytes = body.readInt32BE(offset);
    offset += LENGTH_BYTES;
    columns.push(bytes < 0 ? null : body.toString('utf8', offset, offset + bytes));
    offset += Math.max(bytes, 0);
  }
  return columns;
}

/** Reads an `ErrorResponse` or a `NoticeResponse`. */
export function serverReport(body: Buffer): ServerReport {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return {
    severity: fields.get('V') ?? '',
    sqlState: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    hint: fields.get('H'),
    routine: fields.get('R') ?? '',
  };
}

/** A `Query` of the simple protocol. */
export function queryMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.from('Q\0\0\0\0', 'latin1');
  head.writeUInt32BE(body.byteLength + LENGTH_BYTES, 1);
  return Buffer.concat([head, body]);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
