import { statfs } from 'node:fs/promises';
import type { Volume } from '../../ports/volume.ts';

/** The file system of `directory` on this machine. */
export function volumeOf(directory: string): Volume {
  return {
    freePercent: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      const { bavail, bfree, blocks } = await statfs(directory);
      // What is reserved for root is neither used nor free.
      const usable = blocks - bfree + bavail;
      return (bavail / Math.max(usable, 1)) * 100;
    },
  };
}
