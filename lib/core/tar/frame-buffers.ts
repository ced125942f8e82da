/** Memory for plain frames, of one backup or restore: used again and again by all of its parts. */
export interface FrameBuffers {
  /** A buffer of at least so many bytes that nobody else has; what it holds is left over. */
  take(bytes: number): Buffer;
  /** For the next one who takes. */
  give(buffer: Buffer): void;
}

/**
 * Buffers in memory that another thread can hash where it lies.
 *
 * V8 does not count such memory, so that nothing makes it collect what was dropped: with buffers for
 * each part a restore grew without end.
 */
export function frameBuffers(): FrameBuffers {
  const free: Buffer[] = [];
  return {
    take: (bytes) => {
      const index = free.findLastIndex(({ byteLength }) => byteLength >= bytes);
      const [buffer] = index === -1 ? [] : free.splice(index, 1);
      return buffer ?? Buffer.from(new SharedArrayBuffer(bytes));
    },
    give: (buffer) => void free.push(buffer),
  };
}
