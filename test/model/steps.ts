import { isOpsError } from '../../lib/core/errors/ops-error.ts';
import { isLeaseLeft } from './backup-task.ts';
import { backUp } from './engine.ts';
import { recoverWriterInPlace, rollBackInPlace } from './in-place-steps.ts';
import type { ModelServer } from './model-server.ts';
import { putSnapshotBack, refuseClone, takeSnapshot } from './put-back-steps.ts';
import type { Random } from './random.ts';
import { storm } from './storm.ts';
import { promote, rollBack } from './take-over-steps.ts';
import type { World } from './world.ts';
import { endPending, tell, writeTransaction } from './write.ts';

/** Something that may happen next to the server that archives. */
export interface Step {
  readonly name: string;
  /** How likely it is now; 0 when it cannot happen. */
  readonly weight: number;
  run(): Promise<void>;
}

const RESTORE_POINTS = ['before upgrade', 'release', 'x'];
const IDLE_MS = 40;
const MICROS_PER_MS = 1000n;

/** What may happen next. */
export function possibleSteps(world: World, server: ModelServer, random: Random): readonly Step[] {
  const archives = server.agent !== undefined;
  const pending = server.prepared.size + server.open.length;
  const sql = server.sql();
  return [
    { name: 'write', weight: 24, run: async () => writeTransaction(world, server, random) },
    {
      name: 'end pending',
      weight: pending > 0 ? 4 : 0,
      run: async () => endPending(world, server, random),
    },
    {
      name: 'restore point',
      weight: 4,
      run: async () => {
        const name = random.pick(RESTORE_POINTS);
        await sql`SELECT pg_create_restore_point(${name})`;
        tell(world, server, `restore point "${name}"`);
      },
    },
    {
      name: 'huge record',
      weight: 0.5,
      run: async () => {
        await sql`SELECT pg_logical_emit_message(false, 'model', repeat('x', 2500000))`;
        tell(world, server, 'a record of 2.5 MB');
      },
    },
    {
      name: 'archive',
      weight: 5,
      run: async () => {
        await server.archiveAll();
        tell(world, server, archives ? 'all WAL archived' : 'a segment ended, not archived');
      },
    },
    {
      name: 'checkpoint',
      weight: 1,
      run: async () => {
        await sql`CHECKPOINT`;
        tell(world, server, 'checkpoint');
      },
    },
    {
      name: 'idle',
      weight: 1,
      run: async () => {
        await sql`SELECT pg_sleep(${IDLE_MS / 1000})`;
        tell(world, server, 'nothing for a while');
      },
    },
    { name: 'storm', weight: 0.5, run: async () => storm(world, random) },
    { name: 'backup', weight: archives ? 4 : 0, run: async () => takeBackup(world, server) },
    {
      name: 'crash',
      weight: 1,
      run: async () => {
        await server.kill();
        await server.start();
        tell(world, server, 'killed and started again');
      },
    },
    {
      name: 'agent stopped',
      weight: archives ? 1 : 0,
      run: async () => {
        await server.stopAgent();
        tell(world, server, 'agent stopped');
      },
    },
    {
      name: 'agent started',
      weight: archives ? 0 : 10,
      run: async () => {
        await server.startAgent();
        await server.archiveAll();
        tell(world, server, 'agent started, all WAL archived');
      },
    },
    { name: 'clone', weight: 1, run: async () => refuseClone(world, server) },
    { name: 'snapshot', weight: 0.8, run: async () => takeSnapshot(world, server) },
    {
      name: 'snapshot put back',
      weight: world.snapshots.length > 0 ? 1 : 0,
      run: async () => putSnapshotBack(world, random),
    },
    {
      name: 'promotion',
      weight: archives && world.backups.length > 0 ? 2 : 0,
      run: async () => promote(world, random),
    },
    {
      name: 'rollback',
      weight: archives && world.formerWriters.length > 0 ? 1 : 0,
      run: async () => rollBack(world, random),
    },
    {
      name: 'recovery in place',
      weight: archives && world.backups.length > 0 ? 1 : 0,
      run: async () => recoverWriterInPlace(world, random),
    },
    {
      name: 'rollback in place',
      weight: archives && world.inPlace?.recovered === server ? 1.5 : 0,
      run: async () => rollBackInPlace(world),
    },
  ];
}

async function takeBackup(world: World, server: ModelServer): Promise<void> {
  const backup = await backUp(world, server).catch((error: unknown) => {
    if (!isOpsError(error, 'BACKUP-BUSY') || !isLeaseLeft(world, Date.now())) throw error;
  });
  if (backup === undefined) {
    tell(world, server, 'no backup: the lease of one that broke off still runs');
    world.count('backup refused: BACKUP-BUSY');
    return;
  }
  const { id, timeline, startLsn, stopLsn, finishedAt } = backup;
  const finishedMicros = BigInt(finishedAt.getTime()) * MICROS_PER_MS;
  world.backups.push({ id, timeline, startLsn, stopLsn, finishedMicros });
  tell(world, server, `backup ${id}`);
}
