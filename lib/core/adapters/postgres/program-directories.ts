import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, dirname, basename, join } from 'node:path';
import { execa } from 'execa';

/** Programs that Holdfast cannot work without; pgbench is used where it is present. */
export const REQUIRED_PROGRAMS = [
  'postgres',
  'initdb',
  'pg_controldata',
  'pg_ctl',
  'psql',
] as const;

/** A directory that may hold PostgreSQL's programs. */
export interface ProgramDirectory {
  readonly directory: string;
  /** Named by PGBIN: must be complete, and nothing else is searched when it is not. */
  readonly explicit: boolean;
}

/** What a directory holds. */
export interface ProbedDirectory extends ProgramDirectory {
  /** `undefined` when `postgres` is absent or does not tell its version. */
  readonly major: number | undefined;
  /** Required programs that are absent. */
  readonly missing: readonly string[];
}

/** Where packages put the programs; `*` stands for a version, of which the newest comes first. */
const PACKAGE_PLACES = [
  '/usr/lib/postgresql/*/bin', // Debian, Ubuntu; /usr/bin has only wrappers
  '/usr/pgsql-*/bin', // PostgreSQL's own packages for Red Hat
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin',
] as const;
const PROBE_TIMEOUT_MS = 10_000;

/** Directories worth a look, in the order of preference: PGBIN, PATH, packages. */
export async function programDirectories(
  pgbin: string | undefined,
  path: string | undefined,
): Promise<readonly ProgramDirectory[]> {
  const explicit = pgbin ? [{ directory: pgbin, explicit: true }] : [];
  const packaged = await Promise.all(PACKAGE_PLACES.map(expandPlace));
  const found = [...(path ?? '').split(delimiter), ...packaged.flat()]
    .filter((directory) => directory !== '' && directory !== pgbin)
    .map((directory) => ({ directory, explicit: false }));
  const seen = new Set<string>();
  return [...explicit, ...found].filter(({ directory }) => {
    const first = !seen.has(directory);
    seen.add(directory);
    return first;
  });
}

/** Looks into one directory; asks `postgres` itself for its version. */
export async function probeDirectory(place: ProgramDirectory): Promise<ProbedDirectory> {
  const checks = await Promise.all(
    REQUIRED_PROGRAMS.map(async (program) => {
      const present = await access(join(place.directory, program), constants.X_OK).then(
        () => true,
        () => false,
      );
      return present ? [] : [program];
    }),
  );
  const missing = checks.flat();
  const major = missing.includes('postgres')
    ? undefined
    : await majorOf(join(place.directory, 'postgres'));
  return { ...place, major, missing };
}

/** Major version in what `postgres --version` prints, such as `postgres (PostgreSQL) 15.10`. */
export function parseMajor(text: string): number | undefined {
  const match = /\(PostgreSQL\) (\d+)/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

async function majorOf(postgres: string): Promise<number | undefined> {
  const { stdout } = await execa(postgres, ['--version'], {
    reject: false,
    timeout: PROBE_TIMEOUT_MS,
    maxBuffer: 4096,
  });
  return parseMajor(stdout ?? '');
}

/** Directories that match `place`, the highest version first. */
async function expandPlace(place: string): Promise<readonly string[]> {
  const [before = '', after = ''] = place.split('*');
  const parent = dirname(`${before}x`);
  const prefix = before.endsWith('/') ? '' : basename(before);
  const names = await readdir(parent).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .sort((a, b) => Number(b.slice(prefix.length)) - Number(a.slice(prefix.length)))
    .map((name) => `${join(parent, name)}${after}`);
}
