import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type Cli, createCli } from '../../bin/cli/cli.ts';
import { executePlan, planFromStore } from '../../bin/cli/recovery.ts';
import { shippingDeps, type ShippingVerbOptions } from '../../bin/cli/shipping.ts';
import { takeBackup } from '../../bin/cli/take-backup.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import { resolveLineage } from '../../lib/core/store/lineage.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { pushOnce } from '../../lib/core/wal/shipping/push-once.ts';
import { runAgent } from '../../lib/core/wal/shipping/run-agent.ts';
import { HOLDFAST } from '../support/checkout.ts';
import type { FaultSwitch } from '../support/faults/fault-switch.ts';
import { faultyStore } from '../support/faults/store-faults.ts';
import { recordingLog } from '../support/recording-log.ts';
import { acknowledgedIn, CLUSTER, type Place, waitingIn } from './place.ts';

/** What is swept. */
export const COMMANDS = ['archive', 'agent', 'backup', 'recover'] as const;
export type CommandName = (typeof COMMANDS)[number];

const PARALLEL = 2;
const POLL_MS = 20;
const BACKUP_TIMEOUT_MS = 60_000;

type Command = (place: Place, cli: Cli, signal: AbortSignal) => Promise<string>;

const RUN: Readonly<Record<CommandName, Command>> = {
  archive: async (place, cli, stop) => {
    const request = { name: place.waiting, drain: true, parallel: PARALLEL, stop };
    await pushOnce(await shippingDeps(optionsOf(place), cli), request);
    return 'archived';
  },
  agent: async (place, cli, signal) => {
    const done = new AbortController();
    const stop = AbortSignal.any([signal, done.signal]);
    const deps = await shippingDeps(optionsOf(place), cli);
    const running = runAgent(deps, { parallel: PARALLEL, stop }).finally(() => done.abort());
    const acknowledged = allAcknowledged(place, stop).finally(() => done.abort());
    await Promise.all([running, acknowledged]);
    return 'archived';
  },
  backup: async (place, cli) => {
    await using server = cli.openServer({});
    const request = { timeoutMs: BACKUP_TIMEOUT_MS, parallel: PARALLEL };
    const where = { ...(await cli.openLineage(optionsOf(place))), server };
    await takeBackup(where, { checkpoint: 'fast', ...request }, {}, cli);
    return 'backed up';
  },
  recover: async (place, cli) => {
    const archive = await cli.openLineage(optionsOf(place));
    const instance = await findPostgres({ major: archive.lineage.id.major });
    const plan = await planFromStore(archive, parseTarget('latest'), {}, cli);
    const where = { ...archive, instance, dataDirectory: place.target };
    const { lsn, timeline } = await executePlan(plan, where, cli, () => undefined);
    return `recovered to ${formatLsn(lsn)}, on timeline ${timeline}`;
  },
};

/**
 * Runs a command as the command line does, on a store whose calls may be made to fail.
 *
 * @returns what it came to, in words that are the same whenever it comes to the same.
 */
export async function runCommand(
  command: CommandName,
  place: Place,
  faults: FaultSwitch,
  signal: AbortSignal,
): Promise<string> {
  return RUN[command](place, commandLine(place, faults, signal), signal);
}

function optionsOf({ storeDirectory, spool, dataDirectory: dataDir }: Place): ShippingVerbOptions {
  return { store: pathToFileURL(storeDirectory).href, cluster: CLUSTER, spool, dataDir };
}

/** Waits until the archive script would find every file acknowledged. */
async function allAcknowledged(place: Place, signal: AbortSignal): Promise<void> {
  const waiting = await waitingIn(place.dataDirectory);
  while (!signal.aborted) {
    const names = await readdir(acknowledgedIn(place)).catch((): string[] => []);
    if (waiting.every((name) => names.includes(name))) return;
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function commandLine(place: Place, faults: FaultSwitch, signal: AbortSignal): Cli {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const streams = { stdout: silence, stderr: silence };
  const io = { env: place.server, program: HOLDFAST, signal, ...streams };
  const openStore = async (): ReturnType<Cli['openStore']> =>
    withDeadlines(faultyStore(new FolderObjectStore(place.storeDirectory), faults));
  return {
    ...createCli(io, true),
    log: recordingLog(),
    openStore,
    openLineage: async ({ cluster }) => {
      const store = await openStore();
      return { store, lineage: await resolveLineage(store, cluster, { signal }) };
    },
  };
}
