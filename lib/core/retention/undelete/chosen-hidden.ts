import { readBackupRecord } from '../../catalog/read-backups.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, HiddenObject, ObjectStore } from '../../ports/object-store.ts';
import { readingHidden } from '../../store/reading-hidden.ts';
import type { Lineage } from '../../store/lineage.ts';
import { historyName } from '../../wal/archive-file.ts';
import { segmentOfKey } from '../apply/timeline-objects.ts';
import type { UndeleteRequest } from './hidden-choice.ts';
import { nothingHidden } from './undelete-refusals.ts';

/** Where hidden objects are looked for. */
export interface HiddenArchive {
  /** Reads what records say. */
  readonly store: ObjectStore;
  /**
   * The same store below what seals: what comes back is stored there as it lay there.
   *
   * @default - `store`: nothing is sealed
   */
  readonly stored?: ObjectStore | undefined;
  readonly lineage: Lineage;
}

/** What is hidden of one backup's folder. */
export interface HiddenBackup {
  readonly id: string;
  /** In the order in which they come back: the record last. */
  readonly objects: readonly HiddenObject[];
}

/** What was asked for, found; each lists anew whenever it is called, so that memory stays flat. */
export interface ChosenHidden {
  /** WAL and all else but base backups, in byte order of the keys. */
  others(): AsyncIterable<HiddenObject>;
  /** Base backups, oldest first. */
  backups(): AsyncIterable<HiddenBackup>;
}

/**
 * Finds out where to look for what was asked for. Nothing is listed yet.
 *
 * @throws {@link OpsError} `VAULT-HIDDEN` for a backup whose record is neither there nor hidden;
 *   `STORE-CORRUPT`, `STORE-FORMAT` for one that cannot be read.
 */
export async function chooseHidden(
  { store, stored = store, lineage }: HiddenArchive,
  { choice, hiddenAfter }: UndeleteRequest,
  options: CallOptions = {},
): Promise<ChosenHidden> {
  const { keys } = lineage;
  const isWanted = ({ hiddenAt }: HiddenObject): boolean =>
    hiddenAfter === undefined || hiddenAt >= hiddenAfter;
  const below = async function* (
    prefixes: readonly string[],
    isChosen: (key: string) => boolean,
  ): AsyncGenerator<HiddenObject, void> {
    for (const prefix of prefixes) {
      for await (const hidden of stored.hidden(prefix, options)) {
        if (isChosen(hidden.key) && isWanted(hidden)) yield hidden;
      }
    }
  };
  const isBase = (key: string): boolean => key.startsWith(keys.basePrefix);
  if (choice.kind === 'all') {
    return {
      others: () => below([keys.prefix], (key) => !isBase(key)),
      backups: () =>
        inFolders(
          lineage,
          below([keys.basePrefix], () => true),
        ),
    };
  }
  if (choice.kind === 'key') {
    const { key: wanted } = choice;
    const prefixes = wanted.startsWith(keys.prefix) ? [wanted] : [];
    return {
      others: () => below(prefixes, (key) => key === wanted && !isBase(key)),
      backups: () =>
        inFolders(
          lineage,
          below(prefixes, (key) => key === wanted && isBase(key)),
        ),
    };
  }
  const belongs = await walOf({ store, lineage }, choice.id, options).catch((error: unknown) => {
    if (isOpsError(error, 'STORE-ABSENT')) throw nothingHidden(choice, undefined);
    throw error;
  });
  const { prefix } = keys.backup(choice.id);
  return {
    others: () => below(belongs.prefixes, belongs.isOf),
    backups: () =>
      inFolders(
        lineage,
        below([prefix], () => true),
      ),
  };
}

/** Where WAL of a backup lies from its start to its stop, with its timeline's history and companions. */
async function walOf(
  { store, lineage }: HiddenArchive,
  id: string,
  options: CallOptions,
): Promise<{ readonly prefixes: readonly string[]; readonly isOf: (key: string) => boolean }> {
  const { keys } = lineage;
  const record = await readBackupRecord(readingHidden(store), lineage, id, options);
  const { startSegment, stopSegment, timeline } = record;
  const folder = `${startSegment.slice(0, 8)}/`;
  const history = keys.wal(historyName(timeline));
  return {
    prefixes: [keys.walPrefix, keys.walIndexPrefix, keys.tailPrefix].map(
      (prefix) => `${prefix}${folder}`,
    ),
    isOf: (key) => {
      const segment = segmentOfKey(key);
      if (segment === undefined) return key === history;
      return segment >= startSegment && segment <= stopSegment;
    },
  };
}

/** Cuts what is hidden below `base/` into folders: few objects each. */
async function* inFolders(
  { keys }: Lineage,
  hidden: AsyncIterable<HiddenObject>,
): AsyncGenerator<HiddenBackup, void> {
  let id: string | undefined;
  let objects: HiddenObject[] = [];
  const folder = (name: string): HiddenBackup => {
    const { record, manifest } = keys.backup(name);
    const rank = ({ key }: HiddenObject): number => (key === record ? 2 : Number(key === manifest));
    return { id: name, objects: objects.toSorted((a, b) => rank(a) - rank(b)) };
  };
  for await (const one of hidden) {
    const [next = ''] = one.key.slice(keys.basePrefix.length).split('/', 1);
    if (next !== id && id !== undefined) {
      yield folder(id);
      objects = [];
    }
    id = next;
    objects.push(one);
  }
  if (id !== undefined) yield folder(id);
}
