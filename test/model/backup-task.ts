import { execa } from 'execa';
import { z } from 'zod';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import type { ErrorCode } from '../../lib/core/errors/codes.ts';
import { readCatalogue } from '../../lib/core/catalog/read-catalogue.ts';
import { parseLsn } from '../../lib/core/wal/lsn.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { codeOfStatus } from './code-of-status.ts';
import { ModelMismatch } from './mismatch.ts';
import type { ModelServer } from './model-server.ts';
import { storeWords } from './place-words.ts';
import type { World } from './world.ts';
import { tell } from './write.ts';

/** A base backup that is being taken by a process of its own. */
export interface BackupTask extends AsyncDisposable {
  /** SIGKILL, as when the machine of the task goes away. */
  kill(): void;
  /**
   * Waits for its end and notes the backup that came of it; throws when it ended in a way that
   * nothing explains.
   *
   * @param isDisturbed - whether something happened meanwhile that may make a backup fail.
   */
  settle(isDisturbed: boolean): Promise<void>;
}

const Printed = z.object({
  id: z.string(),
  timeline: z.number(),
  startLsn: z.string(),
  stopLsn: z.string(),
  finishedAt: z.coerce.date(),
});
/** How an operator learns that a server, a store or an archive was out of reach. */
const DISTURBED: ReadonlySet<ErrorCode> = new Set([
  'BACKUP-ARCHIVING',
  'BACKUP-FAILED',
  'BACKUP-TIMEOUT',
  'PG-CONNECT',
  'PG-FAILED',
  'PG-TIMEOUT',
  'STORE-DENIED',
  'STORE-LEASE',
  'STORE-MISSING',
  'STORE-TIMEOUT',
  'STORE-UNAVAILABLE',
]);
/** Another backup may begin this long after one was killed. */
const LEASE_MS = 60_000;
const SLACK_MS = 5_000;
const TIMEOUT_SEC = 120;
const MICROS_PER_MS = 1000n;

/** Starts a backup of `server`. */
export function startBackupTask(world: World, server: ModelServer): BackupTask {
  const startedMs = Date.now();
  const words = ['backup', ...storeWords(world), '--timeout', String(TIMEOUT_SEC), '--json'];
  const child = execa(NODE, [HOLDFAST, ...words], {
    cwd: '/',
    env: libpqEnvironment(server.attached.connection),
    stdin: 'ignore',
    reject: false,
  });
  return {
    kill: () => child.kill('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
    },
    settle: async (isDisturbed) => {
      const { exitCode, stdout, stderr, signal } = await child;
      const code = codeOfStatus(exitCode);
      if (signal === 'SIGKILL') {
        noteBroken(world);
        await adoptFinished(world);
        tell(world, server, 'a backup was killed');
        world.count('backup task: killed');
        return;
      }
      if (code === undefined) {
        const { finishedAt, startLsn, stopLsn, ...rest } = Printed.parse(JSON.parse(stdout));
        const finishedMicros = BigInt(finishedAt.getTime()) * MICROS_PER_MS;
        const lsns = { startLsn: parseLsn(startLsn), stopLsn: parseLsn(stopLsn) };
        world.backups.push({ ...rest, ...lsns, finishedMicros });
        tell(world, server, `backup ${rest.id} was taken meanwhile`);
        // With the store away at its very end it cannot give its lease back.
        if (isDisturbed) world.leaseLeftMs = Date.now();
        world.count('backup task: done');
        return;
      }
      // Where the answer to its own request was lost, it finds its own lease.
      const mayMeetItself = isDisturbed && world.proxy !== undefined;
      const isBusy = code === 'BACKUP-BUSY' && (mayMeetItself || isLeaseLeft(world, startedMs));
      if (!isBusy && !(isDisturbed && DISTURBED.has(code))) {
        throw new ModelMismatch(`a backup ended with ${code}, and nothing explains it:\n${stderr}`);
      }
      noteBroken(world);
      tell(world, server, `a backup failed: ${code}`);
      world.count(`backup task: ${code}`);
    },
  };
}

function noteBroken(world: World): void {
  world.hasBrokenBackups = true;
  world.leaseLeftMs = Date.now();
}

/** Whether a backup that was killed, or lost its store, may still hold the lease for others. */
export function isLeaseLeft({ leaseLeftMs }: World, nowMs: number): boolean {
  return nowMs < leaseLeftMs + LEASE_MS + SLACK_MS;
}

/** One that was killed may have ended by then without anybody being told. */
async function adoptFinished(world: World): Promise<void> {
  const known = new Set(world.backups.map(({ id }) => id));
  const { backups } = await readCatalogue(world.store, world.lineage);
  for (const backup of backups.filter(({ id }) => !known.has(id))) {
    const { id, timeline, startLsn, stopLsn, finishedAt } = backup;
    const finishedMicros = BigInt(finishedAt.getTime()) * MICROS_PER_MS;
    world.backups.push({ id, timeline, startLsn, stopLsn, finishedMicros });
    world.count('backup task: killed when it was done');
  }
}
