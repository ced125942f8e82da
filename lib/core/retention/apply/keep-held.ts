import { ExpiryTag } from '../../contract/key-layout.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { backupObjects } from '../extend-locks/locked-objects.ts';
import { NO_TAGS, type Tagged, tagKept } from './set-tag.ts';

/**
 * Keeps a backup that was let go before somebody held it, with the WAL that makes it consistent: each run of
 * retention does so too, but what acts on the tags may be faster.
 *
 * @returns `'denied'` for whoever may not tag.
 */
export async function keepHeld(
  store: ObjectStore,
  lineage: Lineage,
  id: string,
  options: CallOptions = {},
): Promise<'kept' | 'untouched' | 'denied'> {
  const { record } = lineage.keys.backup(id);
  const others = async function* (): AsyncGenerator<Tagged, void> {
    const backup = { id, state: 'complete' } as const;
    for await (const key of backupObjects(store, lineage, backup, options)) {
      if (key !== record) yield { key, bytes: 0 };
    }
  };
  const last = async function* (): AsyncGenerator<Tagged, void> {
    yield { key: record, bytes: 0 };
  };
  try {
    // The first that is let go, and the last that is taken back.
    const tags = await store.tags(record, options);
    if (tags[ExpiryTag.KEY] !== ExpiryTag.DUE) return 'untouched';
    await tagKept(store, last(), await tagKept(store, others(), NO_TAGS, options), options);
    return 'kept';
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED')) return 'denied';
    throw error;
  }
}
