import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { kindOf } from '../support/faults/call-site.ts';
import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { until } from '../support/until.ts';
import type { CommandName } from './commands.ts';
import { processesIn } from './leftovers.ts';
import type { Place } from './place.ts';
import {
  acknowledgedInVain,
  archiveState,
  backupIds,
  changedFiles,
  openPlace,
  storeFiles,
  verifyComplaints,
} from './store-state.ts';
import type { SweepWorld } from './world.ts';

/** A command as the sweep sees it: where it starts from, and what it must have come to. */
export interface Subject {
  readonly command: CommandName;
  readonly place: Place;
  /** Makes everything as it was before the command was ever run. */
  reset(): Promise<void>;
  /** Whether it has more to do when it is called again, also after a success. */
  readonly isRepeated: boolean;
  /** How it refuses to do again what one that was killed at its very end had done. */
  readonly doneCode?: ErrorCode;
  /** What happens between a run that failed and the next: time passes, an operator does as the hints say. */
  recoup(): Promise<void>;
  /** What a run that failed has left; one that leaves the same as another is not run again. */
  remains(): Promise<string | undefined>;
  /** What a finished run has left, in words that are the same whenever it is the same. */
  endState(): Promise<string>;
  /** What may not be true at any time. */
  complaints(): Promise<readonly string[]>;
  /** What may not be true either when it had time to tidy up after its failure. */
  failureComplaints(): Promise<readonly string[]>;
}

/** Everything that is swept in `world`. */
export async function subjectsOf(world: SweepWorld): Promise<readonly Subject[]> {
  const { live, still } = world;
  // A backup adds to what a recovery starts from, so it comes last.
  return [
    shipping('archive', still),
    shipping('agent', still),
    await recovery(live),
    await backup(live),
  ];
}

function shipping(command: 'archive' | 'agent', place: Place): Subject {
  return {
    command,
    place,
    // One push vouches for the file that PostgreSQL waits for, and ships others where it can.
    isRepeated: command === 'archive',
    reset: async () => {
      for (const path of [place.storeDirectory, place.spool]) {
        await rm(path, { recursive: true });
        await execa('cp', ['-a', `${path}.start`, path]);
      }
    },
    recoup: async () => undefined,
    remains: async () => undefined,
    endState: async () => archiveState(place),
    complaints: async () => [
      ...(await acknowledgedInVain(place)),
      ...(await verifyComplaints(place)),
    ],
    failureComplaints: async () => [],
  };
}

async function backup(place: Place): Promise<Subject> {
  const { store, lineage } = await openPlace(place);
  const before = new Set(await backupIds(place));
  const added = async (): Promise<readonly string[]> =>
    (await backupIds(place)).filter((id) => !before.has(id));
  return {
    command: 'backup',
    place,
    isRepeated: false,
    reset: async () => {
      for await (const id of store.folders(lineage.keys.basePrefix)) {
        if (before.has(id)) continue;
        const { prefix } = lineage.keys.backup(id);
        await rm(join(place.storeDirectory, prefix), { recursive: true });
      }
      await forgetLease(place);
    },
    // The lease of one that was killed runs out by itself.
    recoup: async () => forgetLease(place),
    remains: async () => undefined,
    endState: async () => ((await added()).length > 0 ? 'a new backup' : 'no new backup'),
    complaints: async () => verifyComplaints(place),
    failureComplaints: async () => [],
  };

  async function forgetLease({ storeDirectory }: Place): Promise<void> {
    const path = join(storeDirectory, `${lineage.keys.lease('backup')}.versions`);
    await rm(path, { recursive: true, force: true });
  }
}

async function recovery(place: Place): Promise<Subject> {
  const before = await storeFiles(place);
  return {
    command: 'recover',
    place,
    isRepeated: false,
    doneCode: 'RESTORE-NOT-EMPTY',
    reset: async () => rm(place.target, { recursive: true, force: true }),
    recoup: async () => stopLeftServer(place),
    remains: async () => readRemains(place),
    endState: async () => readRows(place),
    complaints: async () => changedFiles(before, await storeFiles(place)),
    failureComplaints: async () => startable(place),
  };
}

/** What stands in a data directory that was not finished. */
async function readRemains({ target }: Place): Promise<string> {
  const folders = ['', 'holdfast-recovery', 'pg_wal'];
  const names = folders.map(async (name) => readdir(join(target, name)).catch(() => ['absent']));
  return kindOf((await Promise.all(names)).map((each) => each.sort().join(' ')).join('\n'));
}

/** Unfinished, and nothing keeps a server from being started on it. */
async function startable({ target }: Place): Promise<readonly string[]> {
  const names = new Set(await readdir(target).catch((): string[] => []));
  const isUnfinished = names.has('holdfast-recovery') && names.has('PG_VERSION');
  return isUnfinished && !names.has('recovery.signal') ? [`${target} could be started`] : [];
}

/** As the hint of `RESTORE-IN-USE` says; a server that has just been started has no pid file yet. */
async function stopLeftServer({ target }: Place): Promise<void> {
  const { binDirectory } = await findPostgres();
  const owner = serverOwner();
  const words = ['stop', '-m', 'immediate', '-D', target];
  await until('nothing runs in the data directory', async () => {
    if ((await processesIn(target)).length === 0) return true;
    await execa(join(binDirectory, 'pg_ctl'), words, { cwd: '/', reject: false, ...owner });
    return false;
  });
}

async function readRows({ target, root }: Place): Promise<string> {
  const instance = await findPostgres();
  const logFile = join(root, 'recovered.log');
  await using server = await attachServer(instance, { dataDirectory: target, logFile });
  return await server.run('psql', ['-XAtqc', 'SELECT count(*), sum(fact) FROM facts']);
}
