/** `<cluster>/<lineage>/`, then the identity or a lease. */
const LEFT_PLAIN = /^[^/]+\/[^/]+\/(?:identity\.json$|lease\/)/;

/**
 * Whether the object `key` is never sealed: the identity, without which nobody could say what is wrong,
 * and leases, which everybody reads who must know whether a backup runs.
 */
export function isLeftPlain(key: string): boolean {
  return LEFT_PLAIN.test(key);
}

/** The folder of the base backup that `key` belongs to; `undefined` for anything else. */
export function backupFolderOf(key: string): string | undefined {
  return /^[^/]+\/[^/]+\/base\/[^/]+\//.exec(key)?.[0];
}
