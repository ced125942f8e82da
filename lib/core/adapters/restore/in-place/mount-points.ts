import { readFile } from 'node:fs/promises';
import { errorCodeOf } from '../../system/file-error.ts';

const MOUNT_TABLE = '/proc/self/mountinfo';
const MOUNT_POINT_FIELD = 4;

/**
 * Where file systems are mounted, as this process sees it; `undefined` where the system does not tell.
 *
 * @see proc_pid_mountinfo(5)
 */
export async function mountPoints(): Promise<readonly string[] | undefined> {
  try {
    return parseMountTable(await readFile(MOUNT_TABLE, 'utf8'));
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Mount points in the text of a mountinfo file, whose blanks and backslashes are octal. */
export function parseMountTable(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const field = line.split(' ')[MOUNT_POINT_FIELD];
    if (field === undefined) return [];
    return [
      field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    ];
  });
}
