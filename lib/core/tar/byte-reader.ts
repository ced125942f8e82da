/** Pulls a stream of chunks apart at positions of the caller's choosing. */
export interface ByteReader {
  /**
   * The next `bytes` bytes: a view of the chunk they lie in, copied only where they span several.
   * Fewer are given only at the end of the stream.
   */
  take(bytes: number): Promise<Uint8Array>;
  /** What is at hand, `bytes` at most: a view, never a copy. Empty only at the end of the stream. */
  takeSome(bytes: number): Promise<Uint8Array>;
  /** Copies the next bytes into the whole of `into`. @returns how many: fewer only at the end. */
  fill(into: Uint8Array): Promise<number>;
}

/** Reads `chunks` once; memory held is one chunk and what {@link ByteReader.take} is asked for. */
export function byteReader(chunks: AsyncIterator<Uint8Array>): ByteReader {
  let current: Uint8Array = new Uint8Array();

  const takeSome = async (bytes: number): Promise<Uint8Array> => {
    while (current.byteLength === 0) {
      const next = await chunks.next();
      if (next.done === true) return current;
      current = next.value;
    }
    const view = current.subarray(0, bytes);
    current = current.subarray(view.byteLength);
    return view;
  };

  const fill = async (into: Uint8Array): Promise<number> => {
    let filled = 0;
    while (filled < into.byteLength) {
      const more = await takeSome(into.byteLength - filled);
      if (more.byteLength === 0) break;
      into.set(more, filled);
      filled += more.byteLength;
    }
    return filled;
  };

  return {
    takeSome,
    fill,
    take: async (bytes) => {
      const first = await takeSome(bytes);
      if (first.byteLength === bytes || first.byteLength === 0) return first;
      const whole = Buffer.allocUnsafe(bytes);
      whole.set(first);
      const rest = await fill(whole.subarray(first.byteLength));
      return whole.subarray(0, first.byteLength + rest);
    },
  };
}
