import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { OpsError } from '../../errors/ops-error.ts';

/** An account, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's packages create the first; the second is on every machine. */
const UNPRIVILEGED_ACCOUNTS = ['postgres', 'nobody'];
const ACCOUNTS_FILE = '/etc/passwd';

/**
 * The account that PostgreSQL's programs run as when this process is root, which they refuse.
 *
 * @returns `undefined` when this process is not root: the programs then run as it does.
 * @throws {@link OpsError} `PG-TOOLS` when the machine has no such account.
 * @see PostgreSQL check_root, src/backend/main/main.c
 */
export function serverOwner(): FileOwner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync(ACCOUNTS_FILE, 'utf8');
  const owner = UNPRIVILEGED_ACCOUNTS.map((name) => accountIn(accounts, name)).find(
    (account) => account !== undefined,
  );
  if (owner === undefined) {
    throw new OpsError(
      'PG-TOOLS',
      'PostgreSQL refuses to run as root, and no other account is here',
      {
        hint: 'run "useradd --system postgres", or run Holdfast as an ordinary user',
      },
    );
  }
  return owner;
}

/** The numbers of account `name` in the text of a passwd file; `undefined` when it is not there. */
export function accountIn(accounts: string, name: string): FileOwner | undefined {
  const fields = accounts
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name);
  if (fields?.[2] === undefined || fields[3] === undefined) return undefined;
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** Who owns the file or directory at `path`; rejects with the system's error when it is not there. */
export async function ownerOf(path: string): Promise<FileOwner> {
  const { uid, gid } = await stat(path);
  return { uid, gid };
}
