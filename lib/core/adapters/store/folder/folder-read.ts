import { open } from 'node:fs/promises';
import { OpsError } from '../../../errors/ops-error.ts';
import type { ByteRange } from '../byte-range.ts';
import type { FoundObject } from './folder-lookup.ts';

/** What one read asks for: few enough calls, and flat memory. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The bytes of `range`, one after the other in the same buffer: memory of its own for each would have
 * the garbage collector run for every few of them. The file is opened when reading starts, so a body
 * nobody reads leaves nothing open.
 *
 * @throws {@link OpsError} `STORE-CORRUPT` when the file ends before the range does.
 */
export async function* readChunks(
  object: FoundObject,
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  await using file = await open(object.path, 'r');
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, range.end - range.start));
  for (let at = range.start; at < range.end;) {
    signal?.throwIfAborted();
    const wanted = Math.min(buffer.byteLength, range.end - at);
    const { bytesRead } = await file.read(buffer, 0, wanted, at);
    if (bytesRead === 0) throw cut(object, at);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function cut(object: FoundObject, at: number): OpsError {
  return new OpsError('STORE-CORRUPT', `${object.key} ends at byte ${at} of ${object.bytes}`, {
    hint: 'the object was cut after it was stored: run "holdfast verify --deep"',
    details: { object: object.key, bytes: object.bytes, end: at },
  });
}
