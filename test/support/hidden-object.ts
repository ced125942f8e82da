import { rename } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder store keeps of one object. */
const SUFFIXES = ['', '.meta'];

/** Takes an object of a folder store away; gives what puts it back. */
export async function hideObject(
  storeDirectory: string,
  key: string,
  aside: string,
): Promise<() => Promise<void>> {
  const moves = SUFFIXES.map((suffix, index) => ({
    from: join(storeDirectory, `${key}${suffix}`),
    to: join(aside, `hidden-${index}`),
  }));
  for (const { from, to } of moves) await rename(from, to);
  return async () => {
    for (const { from, to } of moves) await rename(to, from);
  };
}
