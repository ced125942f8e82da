import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError } from '../../../errors/ops-error.ts';
import type { FileOwner } from '../../system/file-owner.ts';

/** A directory that nobody but the servers' account can enter: their sockets are there. */
export interface RunDirectory extends AsyncDisposable {
  readonly path: string;
  /** Words for `postgres` that let in whoever reaches the sockets, and set what is given. */
  options(settings: Readonly<Record<string, string>>): string;
}

/** It goes through a shell, between quotes, and back. */
const PLAIN = /^[\w.,:/+-]*$/;

/** Makes an empty directory for one run of `pg_upgrade`. @param owner - when this process is root. */
export async function makeRunDirectory(owner: FileOwner | undefined): Promise<RunDirectory> {
  // The path of a socket is short: 107 characters.
  const path = await mkdtemp(join(tmpdir(), 'pg-upgrade-'));
  const rules = join(path, 'pg_hba.conf');
  await writeFile(rules, 'local all all trust\n');
  if (owner !== undefined) {
    await chown(rules, owner.uid, owner.gid);
    await chown(path, owner.uid, owner.gid);
  }
  return {
    path,
    options: (settings) =>
      Object.entries({ hba_file: rules, ...settings })
        .map(([name, value]) => `-c ${plain(name)}=${plain(value)}`)
        .join(' '),
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }),
  };
}

function plain(word: string): string {
  if (PLAIN.test(word)) return word;
  throw new OpsError('CONFIG-INVALID', `${JSON.stringify(word)} cannot be given to pg_upgrade`, {
    hint: 'letters, digits and .,:/+-_ can; write anything else into the postgresql.conf of the old cluster',
  });
}
