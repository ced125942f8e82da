import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE = new URL('../../docs/restore-by-hand.md', import.meta.url);

/** Saves the script of the page restore-by-hand that opens sealed objects, as the page says; gives its path. */
export async function saveUnsealScript(directory: string): Promise<string> {
  const script = /^```js\n(.*?)^```$/ms.exec(await readFile(PAGE, 'utf8'))?.[1];
  if (script === undefined) throw new Error(`${PAGE.pathname} has no script`);
  const path = join(directory, 'unseal.mjs');
  await writeFile(path, script);
  return path;
}
