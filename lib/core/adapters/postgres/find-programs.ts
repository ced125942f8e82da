import { Env } from '../../contract/environment.ts';
import { OpsError } from '../../errors/ops-error.ts';
import { installCommand, thisPlatform } from './install-command.ts';
import { type ProbedDirectory, probeDirectory, programDirectories } from './program-directories.ts';

/** Oldest major version Holdfast works with. */
export const OLDEST_MAJOR = 15;

/** What to look for, and where. */
export interface FindRequest {
  /** @default - any version, the first that is found */
  readonly major?: number | undefined;
  /** Directory searched before all others. @default - the environment variable PGBIN */
  readonly pgbin?: string | undefined;
  /** @default - the environment variable PATH */
  readonly path?: string | undefined;
}

/** A complete set of programs, and its version. */
export interface FoundPrograms {
  readonly major: number;
  readonly binDirectory: string;
}

/**
 * Where PostgreSQL's programs are on this machine: PGBIN, else PATH, else where packages put them (newest
 * first).
 *
 * @throws {@link OpsError} `PG-VERSION` when `major` is asked for and absent; `PG-TOOLS` when there
 *   is no PostgreSQL 15 or newer, or PGBIN lacks a program.
 */
export async function findPrograms(request: FindRequest = {}): Promise<FoundPrograms> {
  const pgbin = request.pgbin ?? process.env[Env.PGBIN];
  const path = request.path ?? process.env['PATH'];
  const probed: ProbedDirectory[] = [];
  for (const place of await programDirectories(pgbin, path)) {
    const probe = await probeDirectory(place);
    refuseIncompletePgbin(probe);
    if (isUsable(probe, request.major)) {
      return { major: probe.major, binDirectory: probe.directory };
    }
    probed.push(probe);
  }
  throw notFound(probed, request.major);
}

/** Whether all programs are in the directory, of a version that will do. */
export function isUsable(
  probe: ProbedDirectory,
  major: number | undefined,
): probe is ProbedDirectory & { readonly major: number } {
  if (probe.major === undefined || probe.missing.length > 0) return false;
  return major === undefined ? probe.major >= OLDEST_MAJOR : probe.major === major;
}

function refuseIncompletePgbin({ explicit, directory, major, missing }: ProbedDirectory): void {
  if (!explicit || (major !== undefined && missing.length === 0)) return;
  const fault = missing.length > 0 ? `lacks ${missing.join(', ')}` : 'has a postgres that fails';
  throw new OpsError('PG-TOOLS', `${directory} (from PGBIN) ${fault}`, {
    hint: 'set PGBIN to the directory that holds "postgres", or unset it to search the usual places',
    details: { directory, missing: missing.join(' ') },
  });
}

/** The error for a search that ended with nothing usable among `probed`. */
export function notFound(probed: readonly ProbedDirectory[], major: number | undefined): OpsError {
  const seen = probed
    .filter((probe) => probe.major !== undefined)
    .map(({ major, directory, missing }) =>
      missing.length === 0
        ? `${major} in ${directory}`
        : `${major} in ${directory} without ${missing.join(', ')}`,
    );
  const found = seen.length === 0 ? 'nothing found' : `found ${seen.join('; ')}`;
  const hint = installCommand(thisPlatform()).line;
  if (major === undefined || seen.length === 0) {
    const wanted = major ?? `${OLDEST_MAJOR} or newer`;
    return new OpsError('PG-TOOLS', `no PostgreSQL ${wanted} on this machine: ${found}`, { hint });
  }
  return new OpsError('PG-VERSION', `no PostgreSQL ${major} on this machine: ${found}`, {
    hint: `install version ${major}, or set PGBIN to the directory of its programs`,
    details: { major },
  });
}
