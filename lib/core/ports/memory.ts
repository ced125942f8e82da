import type { CallOptions } from './object-store.ts';

/** The memory of this machine. */
export interface Memory {
  /**
   * The share of it that programs can still have without swapping, 0 to 100; `undefined` where the kernel does not say.
   */
  availablePercent(options?: CallOptions): Promise<number | undefined>;
}
