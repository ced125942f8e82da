import type { ObjectBody } from '../ports/object-store.ts';

/** Memory for the bytes of an object, of at least so many. */
export type Room = (bytes: number) => Uint8Array;

/**
 * All bytes of an object, one after the other. An object that ends early gives fewer than its stat says,
 * one that goes on is cut: whoever asked must prove them.
 *
 * @param room - where they go. @default - memory of their own
 */
export async function gather(
  { stat, chunks }: ObjectBody,
  room: Room = (bytes) => Buffer.allocUnsafe(bytes),
): Promise<Uint8Array> {
  const bytes = room(stat.bytes).subarray(0, stat.bytes);
  let filled = 0;
  for await (const chunk of chunks) {
    const fitting = chunk.subarray(0, bytes.byteLength - filled);
    bytes.set(fitting, filled);
    filled += fitting.byteLength;
  }
  return bytes.subarray(0, filled);
}
