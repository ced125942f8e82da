import type { CallOptions } from './object-store.ts';

/** The file system that a directory lies on. */
export interface Volume {
  /** The share of its room that is left, 0 to 100, as `df` counts it. */
  freePercent(options?: CallOptions): Promise<number>;
}
