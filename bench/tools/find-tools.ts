import { execa } from 'execa';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { GET_MOTO, hasMotoServer } from '../../test/support/moto-server.ts';
import { holdfastTool } from './holdfast.ts';
import { PG_BASEBACKUP_NAME, pgBasebackupTool } from './pg-basebackup.ts';
import { PGBACKREST_NAME, pgbackrestTool } from './pgbackrest.ts';
import type { BackupProtection, FullProtection, Tool } from './tool.ts';

/** What is here, and how to get what is not. */
export interface FoundTools {
  /** This engine first, then its peers that do all that it does. */
  readonly full: readonly Tool<FullProtection>[];
  /** Those that take base backups and no more. */
  readonly backupOnly: readonly Tool<BackupProtection>[];
  /** Version of barman-cloud; `undefined` unless there is an S3 server for it, too. */
  readonly barmanCloud: string | undefined;
  readonly missing: readonly MissingTool[];
}

/** One that is not here. */
export interface MissingTool {
  readonly name: string;
  /** What a person does to have it measured. */
  readonly get: string;
}

/** Looks for every tool that the bench knows. */
export async function findTools({ binDirectory }: PostgresInstance): Promise<FoundTools> {
  const missing: MissingTool[] = [];
  const find = async (
    name: string,
    get: string,
    program: string,
    args: readonly string[],
  ): Promise<readonly string[]> => {
    const version = await versionOf(program, args);
    if (version === undefined) missing.push({ name, get });
    return version === undefined ? [] : [version];
  };
  const pgbackrest = await find(PGBACKREST_NAME, 'apt-get install pgbackrest', 'pgbackrest', [
    'version',
  ]);
  const pgBasebackup = await find(
    PG_BASEBACKUP_NAME,
    "it is one of PostgreSQL's client programs",
    `${binDirectory}/pg_basebackup`,
    ['--version'],
  );
  const [barmanCloud] = await find(
    'barman-cloud',
    'apt-get install barman-cli-cloud python3-boto3',
    'barman-cloud-wal-archive',
    ['--version'],
  );
  const hasS3 = hasMotoServer();
  if (!hasS3) missing.push({ name: 'an S3 server for barman-cloud', get: GET_MOTO });
  return {
    full: [holdfastTool, ...pgbackrest.map(pgbackrestTool)],
    backupOnly: pgBasebackup.map(pgBasebackupTool),
    barmanCloud: hasS3 ? barmanCloud : undefined,
    missing,
  };
}

/** The first number with a dot in it; `undefined` when there is no such program. */
async function versionOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa(program, args, { reject: false });
  return exitCode === 0 ? (/\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown') : undefined;
}
