import { randomBytes } from 'node:crypto';

/** Below the size from which PostgreSQL would try to compress a row, and four to a page. */
const PAYLOAD_BYTES = 1_900;
const ROWS_PER_CHUNK = 500;
/** Page bytes that one row takes: a quarter of a page. */
const ROW_BYTES = 2_048;
/** Signature, flags and the length of an empty extension. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const ID_BYTES = 8;
const TUPLE_BYTES = FIELD_COUNT_BYTES + LENGTH_BYTES + ID_BYTES + LENGTH_BYTES + PAYLOAD_BYTES;

/**
 * Rows of a number and random bytes for a table of about `bytes`, as `COPY … (FORMAT binary)` reads them.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export function* randomRows(bytes: number): Generator<Buffer> {
  yield HEADER;
  const rows = Math.max(1, Math.round(bytes / ROW_BYTES));
  for (let first = 0; first < rows; first += ROWS_PER_CHUNK) {
    yield chunkOfRows(first, Math.min(ROWS_PER_CHUNK, rows - first));
  }
  yield TRAILER;
}

function chunkOfRows(first: number, count: number): Buffer {
  const chunk = randomBytes(count * TUPLE_BYTES);
  for (let row = 0; row < count; row += 1) {
    let at = row * TUPLE_BYTES;
    at = chunk.writeInt16BE(2, at);
    at = chunk.writeInt32BE(ID_BYTES, at);
    at = chunk.writeBigInt64BE(BigInt(first + row), at);
    chunk.writeInt32BE(PAYLOAD_BYTES, at);
  }
  return chunk;
}
