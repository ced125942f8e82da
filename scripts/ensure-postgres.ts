/**
 * Makes sure that PostgreSQL's programs are on this machine: installs them when that takes nothing
 * but root and Debian's own packages, else prints the one command that does. Prints to stderr only.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPostgres } from '../lib/core/adapters/postgres/find-postgres.ts';
import { installCommand, thisPlatform } from '../lib/core/adapters/postgres/install-command.ts';
import { isOpsError, toOpsError } from '../lib/core/errors/ops-error.ts';

/** Read by Debian's scripts when the package is installed: no server of its own, nothing started. */
const CLUSTER_CONFIG_DIRECTORY = '/etc/postgresql-common/createcluster.d';
const CLUSTER_CONFIG = 'create_main_cluster = false\n';
const INSTALL_TIMEOUT_MS = 10 * 60_000;

process.exitCode = await ensurePostgres();

async function ensurePostgres(): Promise<number> {
  try {
    await findOrInstall();
    return 0;
  } catch (error) {
    const { message, hint, exitCode } = toOpsError(error);
    say(`${message}\n\n  ${hint}\n`);
    return exitCode;
  }
}

async function findOrInstall(): Promise<void> {
  try {
    await findPostgres();
  } catch (missing) {
    if (!isOpsError(missing, 'PG-TOOLS') || !mayInstall()) throw missing;
    say('installing PostgreSQL with apt-get');
    await installWithApt();
    await findPostgres();
  }
}

/** PGBIN is the operator's own choice: what is wrong with it is not ours to install. */
function mayInstall(): boolean {
  const isRoot = process.getuid?.() === 0;
  return isRoot && !process.env['PGBIN'] && installCommand(thisPlatform()).byApt;
}

/** A failure is told by apt-get itself; the search that follows says what a person can do. */
async function installWithApt(): Promise<void> {
  const config = join(CLUSTER_CONFIG_DIRECTORY, 'holdfast.conf');
  const ours = !existsSync(config);
  await mkdir(CLUSTER_CONFIG_DIRECTORY, { recursive: true });
  await writeFile(config, CLUSTER_CONFIG);
  try {
    await apt(['update']);
    await apt(['install', '-y', '--no-install-recommends', 'postgresql']);
  } finally {
    if (ours) await rm(config, { force: true });
  }
}

async function apt(args: readonly string[]): Promise<void> {
  await execa('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    stdout: 2,
    stderr: 2,
    timeout: INSTALL_TIMEOUT_MS,
    reject: false,
  });
}

function say(message: string): void {
  process.stderr.write(`setup: ${message}\n`);
}
