import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT } from './cdk-command.ts';

/** What may be changed; all else is linked. */
const COPIED = 'bin';
const LEFT_OUT = new Set([COPIED, '.git', 'cdk.out']);

/**
 * Makes `directory` look like this checkout with other files in `bin`.
 *
 * @param files - text of each that is another one, by its path below `bin`.
 */
export async function changedCheckout(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  await mkdir(directory);
  const names = await readdir(CHECKOUT);
  for (const name of names.filter((one) => !LEFT_OUT.has(one))) {
    await symlink(join(CHECKOUT, name), join(directory, name));
  }
  await cp(join(CHECKOUT, COPIED), join(directory, COPIED), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await writeFile(join(directory, COPIED, path), text);
  }
  return directory;
}
