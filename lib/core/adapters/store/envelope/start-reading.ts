/** A source of which the first bytes were read. */
export interface Started {
  /** As many as were asked for, or all there are. */
  readonly start: Buffer;
  /** All that follow. Must be consumed to its end or returned early, as the source itself. */
  readonly rest: AsyncIterable<Uint8Array>;
  /** Returns the source early, for who has not begun with the rest. */
  readonly stop: () => Promise<void>;
}

/** Reads the first `bytes` bytes of `source`. */
export async function startReading(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<Started> {
  const iterator = source[Symbol.asyncIterator]();
  const start = Buffer.alloc(bytes);
  let filled = 0;
  let behind: Uint8Array = Buffer.alloc(0);
  while (filled < bytes) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    const piece = value.subarray(0, bytes - filled);
    start.set(piece, filled);
    filled += piece.byteLength;
    behind = value.subarray(piece.byteLength);
  }
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (behind.byteLength > 0) yield behind;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  };
  const stop = async (): Promise<void> => {
    await iterator.return?.();
  };
  return { start: start.subarray(0, filled), rest: rest(), stop };
}
