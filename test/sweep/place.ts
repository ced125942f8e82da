import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Where a command works: all it needs to know, so that it can be told to a process of its own. */
export const Place = z.object({
  /** Holds all else. */
  root: z.string(),
  storeDirectory: z.string(),
  spool: z.string(),
  dataDirectory: z.string(),
  /** Where a recovery goes. */
  target: z.string(),
  /** The file that PostgreSQL waits for. */
  waiting: z.string(),
  /** libpq's variables for the server. */
  server: z.record(z.string(), z.string()),
});
export type Place = z.output<typeof Place>;

export const CLUSTER = 'orders';

/** The postmaster that the still place pretends to have: what the archive script would compare. */
export const LIFE = { pid: 4242, born: 1_790_000_000 };

/** Names that PostgreSQL would offer. */
export async function waitingIn(dataDirectory: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDirectory, 'pg_wal', 'archive_status'));
  return names
    .filter((name) => name.endsWith('.ready'))
    .map((name) => name.slice(0, -6))
    .sort();
}

/** Where acknowledgements lie, for the postmaster that the still place pretends to have. */
export function acknowledgedIn({ spool }: Place): string {
  return join(spool, 'acknowledged', `${LIFE.pid}-${LIFE.born}`);
}
