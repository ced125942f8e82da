import { isAbsolute } from 'node:path';
import { Env } from '../../../contract/environment.ts';
import { OpsError } from '../../../errors/ops-error.ts';
import { isKmsKey } from '../kms-key.ts';
import type { DataKeys } from './data-keys.ts';

/**
 * What wraps data keys by the name that a person gave: a KMS key's id, alias or ARN, or the absolute
 * path of a key file, which is read here and not again.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for any other name; `VAULT-KEY` for a file that does not serve.
 */
export async function openDataKeys(name: string): Promise<DataKeys> {
  if (isAbsolute(name)) {
    const { readKeyFile } = await import('./key-file.ts');
    const { fileDataKeys } = await import('./file-data-keys.ts');
    return fileDataKeys(await readKeyFile(name), name);
  }
  if (!isKmsKey(name)) throw notAKey(name);
  const { kmsDataKeys } = await import('./kms-data-keys.ts');
  return kmsDataKeys(name);
}

function notAKey(name: string): OpsError {
  return new OpsError('CONFIG-INVALID', `${JSON.stringify(name)} names no key to seal with`, {
    hint: `give the ARN, the id or the alias (alias/…) of a KMS key, or the absolute path of a key file, in --envelope-key or ${Env.ENVELOPE_KEY}`,
  });
}
