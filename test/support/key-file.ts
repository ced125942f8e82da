import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';

/** A line of a key file, with a key of its own. */
export function keyLine(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** Writes a key file of `lines`, for this account alone unless `mode` says otherwise. */
export async function writeKeyFile(
  path: string,
  lines: readonly string[] = [keyLine('test')],
  mode = 0o600,
): Promise<string> {
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  await chmod(path, mode);
  return path;
}
