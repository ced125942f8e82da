import { lstat, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../../../errors/ops-error.ts';
import type { Move } from '../../../restore/in-place/plan-moves.ts';
import type { UpgradeSite } from '../../../ports/upgrade-site.ts';
import { assertIdle, locateDataDirectory } from '../../restore/claim-data-directory.ts';
import { syncFileSystem } from '../../restore/file-system.ts';
import { look } from '../../restore/in-place/move-directory.ts';
import { makeOwnedDirectory } from '../../restore/owned-directory.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import { type FileOwner, serverOwner } from '../../system/file-owner.ts';
import { syncDirectory } from '../../system/sync-directory.ts';
import { readControlData } from '../control-data.ts';
import { dataDirectoryOwner } from '../data-directory-owner.ts';
import { findPrograms } from '../find-programs.ts';
import { runTool } from '../run-tool.ts';
import { runPgUpgrade } from './pg-upgrade.ts';
import { holdUpgrade, upgradeLock } from './hold-upgrade.ts';
import { makeRunDirectory } from './run-directory.ts';
import { surveyUpgrade } from './survey-upgrade.ts';
import {
  readUpgradeJournal,
  removeUpgradeJournal,
  writeUpgradeJournal,
} from './upgrade-journal-file.ts';

const INITDB_TIMEOUT_MS = 600_000;
/** Replay of whatever a killed server had written since its last checkpoint. */
const SETTLE_TIMEOUT_MS = 3_600_000;

/**
 * The data directory `path`, to be upgraded on this machine by the programs of two versions: those of the
 * newer one first on the PATH or in PGBIN, those of the older one where packages put them.
 */
export async function openUpgradeSite(path: string): Promise<UpgradeSite> {
  const dataDirectory = await locateDataDirectory(path);
  const programOf = async (major: number, name: string): Promise<string> =>
    join((await findPrograms({ major })).binDirectory, name);
  return {
    dataDirectory,
    hold: async () => holdUpgrade(dataDirectory, await ownerAround(dataDirectory)),
    assertIdle,
    readJournal: async () => readUpgradeJournal(dataDirectory),
    writeJournal: async (journal) => writeUpgradeJournal(dataDirectory, journal),
    removeJournal: async () => removeUpgradeJournal(dataDirectory),
    survey: async (options) => surveyUpgrade(dataDirectory, options),
    look,
    move,
    settle: async (directory, major) => {
      const left = await Promise.all([
        exists(join(directory, 'postmaster.pid')),
        isStopped(directory, major),
      ]);
      if (!left[0] && left[1]) return;
      // Without a postmaster: it recovers, and its end is a clean one.
      await runTool(
        await programOf(major, 'postgres'),
        ['--single', '-D', directory, 'template1'],
        {
          owner: await dataDirectoryOwner(directory),
          input: '',
          timeoutMs: SETTLE_TIMEOUT_MS,
        },
      );
    },
    isGivenAway: async (directory) => {
      const control = join(directory, 'global', 'pg_control');
      return !(await exists(control)) && (await exists(`${control}.old`));
    },
    discard: async (directory) => {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
      await syncDirectory(dirname(directory));
    },
    initialize: async ({ made, to, initdbArguments }, { signal }) => {
      const owner = await ownerAround(dataDirectory);
      await makeOwnedDirectory(made, owner);
      await runTool(await programOf(to, 'initdb'), initdbArguments, {
        owner,
        signal,
        timeoutMs: INITDB_TIMEOUT_MS,
      });
    },
    upgrade: async (plan, { signal, said, checkOnly }) => {
      const owner = await ownerAround(dataDirectory);
      await using run = await makeRunDirectory(owner);
      const [from, to] = await Promise.all(
        [plan.from, plan.to].map(async (major) => findPrograms({ major })),
      );
      const servers = [
        ['--old-options', run.options(plan.oldSettings)],
        ['--new-options', run.options(plan.newSettings)],
        ['--old-bindir', from?.binDirectory ?? ''],
        ['--new-bindir', to?.binDirectory ?? ''],
        ['--socketdir', run.path],
      ];
      await runPgUpgrade({
        program: await programOf(plan.to, 'pg_upgrade'),
        arguments: [...plan.upgradeArguments, ...servers.flat(), ...(checkOnly ? ['--check'] : [])],
        owner,
        directory: run.path,
        lockFile: upgradeLock(dataDirectory),
        made: plan.made,
        logs: `${dataDirectory}.upgrade-log`,
        said,
        signal,
      });
    },
    controlData: async (directory, major, options) =>
      readControlData((await findPrograms({ major })).binDirectory, major, directory, options),
    sync: syncFileSystem,
  };
}

/** The account of the cluster, which may be out of its place, when this process is root. */
async function ownerAround(dataDirectory: string): Promise<FileOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await exists(dataDirectory)) ? dataDirectoryOwner(dataDirectory) : serverOwner();
}

async function isStopped(directory: string, major: number): Promise<boolean> {
  const { binDirectory } = await findPrograms({ major });
  return (await readControlData(binDirectory, major, directory)).state === 'shut down';
}

async function move(step: Move): Promise<void> {
  if (step.kind !== 'rename')
    throw new OpsError('INTERNAL', `an upgrade leads no link: ${step.link}`);
  const { from, to } = step;
  // An empty directory would be replaced without a word.
  if (await exists(to)) {
    throw new OpsError('PG-DATA-DIR', `${from} cannot become ${to}, which is there already`, {
      hint: 'see what that is, move it away, and run the same command again: it goes on from here',
      details: { from, to },
    });
  }
  await rename(from, to);
  await syncDirectory(dirname(from));
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
