/** A buffer on loan: once disposed, its bytes are the next borrower's. */
export interface BorrowedBuffer extends Disposable {
  readonly bytes: Uint8Array;
}

/** Buffers of one length that are used again and again. */
export interface ReusedBuffers {
  /** A buffer that nobody else has; what it holds is left over. */
  borrow(): BorrowedBuffer;
}

/**
 * As many buffers of `length` bytes as are on loan at once.
 *
 * A fresh one for each segment costs as much as reading it: the kernel zeroes its pages, and its size
 * makes V8 collect the whole heap soon after.
 */
export function reusedBuffers(length: number): ReusedBuffers {
  const free: Uint8Array[] = [];
  return {
    borrow: () => {
      const bytes = free.pop() ?? Buffer.allocUnsafeSlow(length);
      return { bytes, [Symbol.dispose]: () => void free.push(bytes) };
    },
  };
}
