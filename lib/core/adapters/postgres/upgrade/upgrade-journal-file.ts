import { constants } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { OpsError } from '../../../errors/ops-error.ts';
import { UpgradeJournal } from '../../../host/upgrade/upgrade-journal.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import { syncDirectory } from '../../system/sync-directory.ts';

const FILE_MODE = 0o600;
const { O_RDONLY, O_NOFOLLOW } = constants;

/**
 * The journal of an upgrade of `dataDirectory`; `undefined` when there is none.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when it cannot be understood.
 */
export async function readUpgradeJournal(
  dataDirectory: string,
): Promise<UpgradeJournal | undefined> {
  const path = journalPath(dataDirectory);
  try {
    const text = await readFile(path, { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW });
    return UpgradeJournal.parse(JSON.parse(text));
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') return undefined;
    if (!(cause instanceof SyntaxError) && !(cause instanceof z.ZodError)) throw cause;
    throw new OpsError('PG-DATA-DIR', `the journal ${path} is damaged`, {
      cause,
      hint: 'see which version lies in the place and beside it (PG_VERSION), and move the journal away',
      details: { path },
    });
  }
}

/** Replaces the journal whole and durably. */
export async function writeUpgradeJournal(
  dataDirectory: string,
  journal: UpgradeJournal,
): Promise<void> {
  const path = journalPath(dataDirectory);
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', FILE_MODE);
  try {
    await file.writeFile(`${JSON.stringify(journal, undefined, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Forgets an upgrade, durably. */
export async function removeUpgradeJournal(dataDirectory: string): Promise<void> {
  const path = journalPath(dataDirectory);
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

function journalPath(dataDirectory: string): string {
  return `${dataDirectory}.upgrade.json`;
}
