import { join } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';

/**
 * The place of `path`, which a backup or a caller names, below `root`.
 *
 * @throws {@link OpsError} `BACKUP-TAR` when it is absolute, leaves `root`, or is not plain.
 */
export function placeWithin(root: string, path: string): string {
  const names = path.split('/');
  const isPlain = names.every((name) => name !== '' && name !== '.' && name !== '..');
  if (isPlain && !path.includes('\0')) return join(root, path);
  throw new OpsError('BACKUP-TAR', `the backup names a file outside its data directory: ${path}`, {
    hint: 'nobody at PostgreSQL makes such a backup: find out who wrote it, and use another',
    details: { path },
  });
}
