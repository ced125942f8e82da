/** Pulls a stream of chunks apart at positions of the caller's choosing. */
export interface ByteReader {
  /**
   * The next `bytes` bytes: a view of the chunk they lie in, copied only where they span several.
   * Fewer are given only at the end of the stream.
   */
  take(bytes: number): Promise<Uint8Array>;
  /** What is at hand, `bytes` at most: a view, never a copy. Empty only at the end of the stream. */
  takeSome(bytes: number): Promise<Uint8Array>;
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

  return {
    takeSome,
    take: async (bytes) => {
      const first = await takeSome(bytes);
      if (first.byteLength === bytes || first.byteLength === 0) return first;
      const whole = Buffer.allocUnsafe(bytes);
      whole.set(first);
      let filled = first.byteLength;
      while (filled < bytes) {
        const more = await takeSome(bytes - filled);
        if (more.byteLength === 0) return whole.subarray(0, filled);
        whole.set(more, filled);
        filled += more.byteLength;
      }
      return whole;
    },
  };
}
