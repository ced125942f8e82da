import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeSecretFiles } from '../../lib/core/adapters/host/secret-files.ts';
import { Pooler } from '../../lib/core/contract/pooler.ts';
import type { PoolerSecrets } from '../../lib/core/host/pooler/pooler-files.ts';
import { generatePassword } from '../../lib/core/secrets/generate-password.ts';
import { SALT_BYTES } from '../../lib/core/secrets/scram-verifier.ts';

/** In memory only, like all files of the pooler. */
const LOGIN_PASSWORD = 'login-password';
const STATS_PASSWORD = 'stats-password';

/** The pooler's passwords of this boot: what runs goes on with those that it was started with. */
export async function poolerSecrets(): Promise<PoolerSecrets> {
  return {
    login: await passwordIn(LOGIN_PASSWORD),
    stats: await passwordIn(STATS_PASSWORD),
    salt: randomBytes(SALT_BYTES),
  };
}

/** Password as which the pooler looks logins up; `undefined` where there is no pooler. */
export async function poolerLogin(): Promise<string | undefined> {
  return (await readIfThere(join(Pooler.DIRECTORY, LOGIN_PASSWORD)))?.trim();
}

async function passwordIn(name: string): Promise<string> {
  const standing = await readIfThere(join(Pooler.DIRECTORY, name));
  if (standing !== undefined) return standing.trim();
  const password = generatePassword((count) => randomBytes(count));
  await writeSecretFiles(Pooler.DIRECTORY, { [name]: `${password}\n` });
  return password;
}
