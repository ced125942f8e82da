import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ProgramFacts, RuntimeFacts } from '../../doctor/host-facts.ts';
import { Env } from '../../contract/environment.ts';
import { probeDirectory, programDirectories } from '../postgres/program-directories.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Bits that let others than the owner change a file. */
const OPEN_TO_OTHERS = 0o022;

/** This very process. */
export function inspectRuntime(environment: Environment): RuntimeFacts {
  return {
    nodeVersion: process.versions.node,
    uid: process.geteuid?.(),
    passwordFile: environment['PGPASSFILE'] || undefined,
  };
}

/** Which of the programs `names` are found by PATH. */
export async function findTools(
  names: readonly string[],
  environment: Environment,
): Promise<ReadonlyMap<string, boolean>> {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter((one) => one !== '');
  const found = names.map(async (name): Promise<[string, boolean]> => {
    const tries = directories.map(async (directory) => isExecutable(join(directory, name)));
    return [name, (await Promise.all(tries)).includes(true)];
  });
  return new Map(await Promise.all(found));
}

/** Every directory in which programs of PostgreSQL are, in the order in which they are chosen. */
export async function inspectPrograms(environment: Environment): Promise<readonly ProgramFacts[]> {
  const places = await programDirectories(environment[Env.PGBIN], environment['PATH']);
  const probed = await Promise.all(places.map(probeDirectory));
  return Promise.all(
    probed
      .filter(({ major, explicit }) => major !== undefined || explicit)
      .map(async (one) => ({ ...one, isOpen: await isOpenToOthers(one.directory) })),
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A directory that is not there is open to nobody. */
async function isOpenToOthers(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & OPEN_TO_OTHERS) !== 0;
  } catch {
    return false;
  }
}
