/**
 * One message of PostgreSQL's protocol, from the server.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface ServerMessage {
  /** One character. */
  readonly type: string;
  /** A view of what was received. */
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

/** Messages as they arrive. */
export interface ServerMessages {
  /**
   * The next message of what has arrived, or the piece of a `CopyData` that has; `undefined` when
   * more must arrive first.
   */
  next(): ServerMessage | undefined;
  /** Waits until more has arrived, which ends the use of every view given so far; false at the end. */
  more(): Promise<boolean>;
}

/** The messages in `chunks`, each of which need be valid only until the next one is asked for. */
export function serverMessages(chunks: AsyncIterator<Uint8Array, unknown>): ServerMessages {
  let received: Buffer = Buffer.alloc(0);
  let left = 0;

  const take = (bytes: number): Buffer => {
    const taken = received.subarray(0, bytes);
    received = received.subarray(taken.byteLength);
    return taken;
  };

  return {
    next: () => {
      while (left === 0) {
        if (received.byteLength < HEAD_BYTES) return undefined;
        const type = received.toString('latin1', 0, 1);
        const bytes = received.readUInt32BE(1) - LENGTH_BYTES;
        if (type === COPY_DATA) left = bytes;
        else if (received.byteLength < HEAD_BYTES + bytes) return undefined;
        take(HEAD_BYTES);
        if (type !== COPY_DATA) return { type, body: take(bytes), left: 0 };
      }
      if (received.byteLength === 0) return undefined;
      const body = take(left);
      left -= body.byteLength;
      return { type: COPY_DATA, body, left };
    },
    more: async () => {
      const rest = Buffer.from(received);
      const chunk = await chunks.next();
      if (chunk.done === true) return false;
      received = bufferOf(rest.byteLength === 0 ? chunk.value : Buffer.concat([rest, chunk.value]));
      return true;
    },
  };
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
