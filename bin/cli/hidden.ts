import type { Command } from 'commander';
import { clusterPrefix } from '../../lib/core/contract/key-layout.ts';
import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { isOpsError, OpsError } from '../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { countHidden, hiddenSentence } from '../../lib/core/retention/undelete/count-hidden.ts';
import { findLineage } from '../../lib/core/store/current-lineage.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { revealing } from '../../lib/core/store/revealing.ts';
import type { Cli } from './cli.ts';
import type { StoreOptions } from './common-options.ts';

/** Options of verbs that may look under delete markers. */
export interface HiddenOptions {
  readonly hidden?: true;
}

/** A store, and a lineage in it. */
export interface Archive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

/** What sends people off for backups or WAL that may only be hidden. */
const WANTING = new Set<ErrorCode>([
  'CATALOG-BACKUP',
  'CATALOG-CLUSTER',
  'CATALOG-LINEAGE',
  'RESTORE-TARGET',
  'RESTORE-WAL',
  'RESTORE-WINDOW',
  'STORE-ABSENT',
]);
/** How long a command that has failed anyway looks for what is hidden. */
const PATIENCE_MS = 15_000;

/** `--hidden`. */
export function withHidden(command: Command): Command {
  return command.option('--hidden', 'also list and read what delete markers hide in the store');
}

/** The store and the lineage that the options name, with `--hidden` as if there were no delete markers. */
export async function openArchive(
  { hidden, ...options }: StoreOptions & HiddenOptions,
  cli: Cli,
): Promise<Archive> {
  const { cluster, lineage } = options;
  const store = await cli.openStore(options);
  const within = { lineage, signal: cli.signal };
  return tellingHidden({ store, hidden, prefixes: [clusterPrefix(cluster)] }, cli, async () => {
    if (hidden !== true) return { store, lineage: await findLineage(store, cluster, within) };
    const view = revealing(store);
    return { store: view, lineage: await findLineage(view, cluster, within) };
  });
}

/**
 * Does what may be refused for want of backups or WAL; then the refusal's hint tells of what is hidden.
 * Throws as `run`.
 */
export async function tellingHidden<T>(
  { store, hidden, prefixes }: HiddenPlaces,
  cli: Pick<Cli, 'signal'>,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (hidden === true || !isOpsError(error) || !WANTING.has(error.code)) throw error;
    const { sentence, objects } = await lookForHidden(store, prefixes, cli);
    if (sentence === undefined) throw error;
    const { code, message, hint, details } = error;
    throw new OpsError(code, message, {
      cause: error,
      hint: hint === undefined ? sentence : `${hint}; ${sentence}`,
      details: { ...details, hidden: objects },
    });
  }
}

/** Where something may be hidden. */
export interface HiddenPlaces extends HiddenOptions {
  readonly store: ObjectStore;
  readonly prefixes: readonly string[];
}

/** Where the backups and the WAL of a lineage are, for {@link tellingHidden}. */
export function hiddenPlaces(
  { store, lineage: { keys } }: Archive,
  { hidden }: HiddenOptions,
): HiddenPlaces {
  return { store, hidden, prefixes: [keys.basePrefix, keys.walPrefix] };
}

/** What is hidden of a lineage in which something is wanting: for results, which no error ends. */
export async function hiddenRemark(
  archive: Archive,
  { hidden }: HiddenOptions,
  cli: Cli,
): Promise<HiddenRemark> {
  if (hidden === true) return NO_REMARK;
  const { store, prefixes } = hiddenPlaces(archive, {});
  const { sentence, objects } = await lookForHidden(store, prefixes, cli);
  if (sentence === undefined) return NO_REMARK;
  return { document: { hidden: objects }, lines: [cli.output.paint.red(sentence)] };
}

/** How a verb tells of it. */
export interface HiddenRemark {
  /** To be added to its JSON: how many objects are hidden, if any. */
  readonly document: object;
  readonly lines: readonly string[];
}

/** The remark of a result in which nothing is wanting. */
export const NO_REMARK: HiddenRemark = { document: {}, lines: [] };

async function lookForHidden(
  store: ObjectStore,
  prefixes: readonly string[],
  { signal }: Pick<Cli, 'signal'>,
): Promise<{ readonly sentence: string | undefined; readonly objects: number }> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const count = await countHidden(store, prefixes, { patience, signal });
  return { sentence: hiddenSentence(count), objects: count.objects };
}
