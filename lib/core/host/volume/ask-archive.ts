import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { ArchiveState } from './judge-blank-volume.ts';

/**
 * Whether the store has anything at all of a cluster: even an object that nobody understands may be the
 * trace of an archive. What the store throws is passed on: it proves nothing.
 */
export async function askArchive(
  store: Pick<ObjectStore, 'list'>,
  cluster: string,
  options: CallOptions = {},
): Promise<Exclude<ArchiveState, 'unknown'>> {
  for await (const _head of store.list(`${cluster}/`, options)) return 'present';
  return 'empty';
}
