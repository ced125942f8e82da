import { join } from 'node:path';
import type { CallOptions } from '../../ports/object-store.ts';
import { findPrograms } from './find-programs.ts';
import { runTool } from './run-tool.ts';

/** A cluster takes seconds to make, most of them to be written out. */
const TIMEOUT_MS = 300_000;
/** Has a provider of its own for locales, whose rules do not come from the C library. */
const BUILTIN_SINCE = 17;

/**
 * Makes a cluster at `dataDirectory`, which must not be there: page checksums, UTF-8, and a collation whose
 * order no update of the C library can change. Its superuser is `postgres`, a local peer.
 *
 * @throws {@link OpsError} `PG-TOOLS`, `PG-FAILED`, `PG-TIMEOUT`.
 * @see https://www.postgresql.org/docs/current/app-initdb.html
 * @see https://www.postgresql.org/docs/current/locale.html#LOCALE-PROVIDERS: C.UTF-8 sorts by code point
 */
export async function initializeCluster(
  dataDirectory: string,
  major: number,
  options: CallOptions = {},
): Promise<void> {
  const { binDirectory } = await findPrograms({ major });
  const provider = major >= BUILTIN_SINCE ? ['--locale-provider=builtin'] : [];
  const words = [
    '--data-checksums',
    '--encoding=UTF8',
    ...provider,
    '--locale=C.UTF-8',
    '--username=postgres',
    '--auth-local=peer',
    '--auth-host=scram-sha-256',
  ];
  await runTool(join(binDirectory, 'initdb'), ['--pgdata', dataDirectory, ...words], {
    ...options,
    timeoutMs: TIMEOUT_MS,
  });
}
