import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { makeDisks, removeDisks } from './small-disks.ts';

/** Where one history takes place. Disposing it removes it, unless it is kept. */
export interface HistoryPlace extends AsyncDisposable {
  readonly directory: string;
  /** For what programs put aside. */
  readonly temporary: string;
  /** Why nothing there can run out of space; `undefined` when it can. */
  readonly withoutDisks: string | undefined;
  /** Whoever wants to understand a mismatch needs all of it. */
  keep(): void;
}

/** Makes a place for the account of `owner`, who may be this process's own. */
export async function makeHistoryPlace(owner: FileOwner | undefined): Promise<HistoryPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-model-'));
  const temporary = join(directory, 'tmp');
  await mkdir(temporary);
  if (owner !== undefined) {
    for (const path of [directory, temporary]) await chown(path, owner.uid, owner.gid);
  }
  const withoutDisks = await makeDisks(directory, owner);
  let isKept = false;
  return {
    directory,
    temporary,
    withoutDisks,
    keep: () => {
      isKept = true;
    },
    [Symbol.asyncDispose]: async () => {
      await removeDisks(directory, isKept);
      if (!isKept) await rm(directory, { recursive: true, force: true, maxRetries: 9 });
    },
  };
}
