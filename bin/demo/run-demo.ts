import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { Cli } from '../cli/cli.ts';
import { executePlan, planFromStore, showRecovery } from '../cli/recovery.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import { backUp } from './back-up.ts';
import { compareRows, type Rows } from './compare-rows.ts';
import { awaitRecoverable, type Disaster } from './await-recoverable.ts';
import type { LedgerModel } from './ledger.ts';
import { lostCommits, type Measurements } from './proof.ts';
import { type ProtectedServer, startProtectedServer } from './protected-server.ts';
import type { Stage } from './stage.ts';
import {
  awaitQuiet,
  dropLedger,
  prepareTables,
  readRows,
  startWorkload,
  withConnection,
  type Workload,
} from './workload.ts';

/** What the demo is given. */
export interface DemoRequest {
  readonly instance: PostgresInstance;
  /** Empty, owned by the server's account. */
  readonly directory: string;
  /** Seconds of load before and after the backup, each. */
  readonly loadSec: number;
}

/** What stood at the noted moment. */
interface NotedMoment {
  /** By the server's clock: later than every commit in `rows`, earlier than every one after. */
  readonly time: Date;
  /** The ledger from the model kept outside PostgreSQL, the other tables as read. */
  readonly rows: Rows;
  readonly model: LedgerModel;
}

/** How long life goes on between the moment and the damage. */
const AFTERMATH_MS = 1_500;
/** Quiet before and after the noted moment: clocks and commit times have a resolution. */
const QUIET_MS = 100;

/**
 * The whole life of a protected database: load, backup, a noted moment, damage, disaster, recovery,
 * and the comparison of every row.
 *
 * @throws {@link OpsError} whatever failed on the way; a wrong result is in the measurements.
 */
export async function runDemo(request: DemoRequest, stage: Stage, cli: Cli): Promise<Measurements> {
  const { instance, directory } = request;
  await using guarded = await stage.step(
    `start a PostgreSQL ${instance.major} server, archive its WAL to a folder`,
    async () => startProtectedServer(instance, directory, cli),
  );
  // Ends before the server does, also when the demo is broken off.
  await using loads = new AsyncDisposableStack();
  const load = await stage.step('load it: pgbench, a ledger, a heartbeat', async () => {
    await prepareTables(guarded.server);
    const started = loads.use(startWorkload(guarded.server, 0));
    await cli.clock.sleep(request.loadSec * 1_000, cli.signal);
    return started;
  });
  await stage.step('take a base backup while the load runs', async (bar) => {
    await backUp(guarded, cli, bar);
  });
  const moment = await stage.step('go on writing, then note a moment', async () => {
    await cli.clock.sleep(request.loadSec * 1_000, cli.signal);
    return noteMoment(guarded, load, cli);
  });
  const disaster = await stage.step(
    'drop a table, go on, then kill -9 the server and delete its data directory',
    async () => wreck(guarded, moment.time, cli),
  );
  const { store, lineage } = guarded;
  const dataDirectory = join(directory, 'recovered');
  const startedMs = cli.clock.elapsedMs();
  const result = await stage.step('recover to the noted moment', async (bar) => {
    const to = moment.time.toISOString();
    const plan = await planFromStore({ store, lineage }, parseTarget(to), {}, cli);
    const where = { store, lineage, instance, dataDirectory };
    return executePlan(plan, where, cli, (progress) => showRecovery(bar, progress));
  });
  await using recovered = await stage.step('start the recovered server', async () =>
    attachServer(instance, { dataDirectory, logFile: join(directory, 'recovered.log') }),
  );
  const rtoSec = (cli.clock.elapsedMs() - startedMs) / 1_000;
  const actual = await stage.step('compare every row with what was committed', async () =>
    withConnection(recovered, readRows),
  );
  const comparison = compareRows(moment.rows, actual);
  return {
    comparison,
    lostCommits: lostCommits(comparison.lost, moment.model),
    rpoSec: Math.max(
      0,
      (disaster.lastCommitAt.getTime() - disaster.recoverableAt.getTime()) / 1_000,
    ),
    rtoSec,
    target: moment.time,
    reachedTime: result.time,
  };
}

async function noteMoment(
  guarded: ProtectedServer,
  load: Workload,
  cli: Cli,
): Promise<NotedMoment> {
  const model = await load.stop();
  const read = await withConnection(guarded.server, async (sql) => {
    await awaitQuiet(sql, cli.clock);
    return readRows(sql);
  });
  // A moment of quiet on both sides leaves no doubt about what was committed by then.
  await cli.clock.sleep(QUIET_MS, cli.signal);
  const time = await guarded.sql.now({ signal: cli.signal });
  await cli.clock.sleep(QUIET_MS, cli.signal);
  return { time, model, rows: { ...read, ledger: model.rows } };
}

async function wreck(guarded: ProtectedServer, moment: Date, cli: Cli): Promise<Disaster> {
  const { server } = guarded;
  {
    await using _load = startWorkload(server, 1);
    await cli.clock.sleep(AFTERMATH_MS, cli.signal);
  }
  await withConnection(server, dropLedger);
  const disaster = await awaitRecoverable(guarded, moment, cli);
  await server.killNine();
  await rm(server.dataDirectory, { recursive: true, force: true });
  await guarded.stopAgent();
  return disaster;
}
