import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { probeDatabase } from '../../lib/core/health/probe-database.ts';
import { testProbe } from '../../test/support/probe-context.ts';
import {
  type Crowd,
  startWatchedCluster,
  type WatchedCluster,
} from '../cluster/watched-cluster.ts';
import type { Entry } from '../figures/report.ts';
import { median, type Sample } from '../figures/sample.ts';
import type { Target } from '../figures/target.ts';
import { parseProcessStat } from '../machine/process-stat.ts';
import { HOLDFAST_NAME } from '../tools/holdfast.ts';
import type { Bench, Row } from './row.ts';

const CROWDS: readonly Crowd[] = ['nothing in it', 'tables', 'statements', 'connections'];
/** One a minute, in which every check is due at least once. */
const PROBES = 60;
const MINUTE_MS = 60_000;
const HOUR_SEC = 3_600;
const MICROSECONDS = 1_000_000;
/** In which sessions end that made the crowd: one that has seen many tables takes its time. */
const SETTLE_MS = 5_000;
/** Between two looks whether the server has noticed that the probe's sessions have ended. */
const LOOK_MS = 10;
/** Of a clock tick, on every architecture that PostgreSQL runs on. */
const TICK_MS = 10;
const SERVER_TIME: readonly Target[] = [{ relation: '≤', limit: 300 }];
const CPU: readonly Target[] = [{ relation: '≤', limit: 1 }];

/** What an hour of probes costs. */
interface Hour {
  /** Waited for answers, in the middle of all probes; what else the machine does is in it. */
  readonly waitMs: number;
  /** CPU of the server's processes for one probe, at most. */
  readonly dearestMs: number;
  readonly cpuSec: number;
  readonly serverCpuSec: number;
}

/**
 * What a look at a server costs it, and whom it is made by: sixty probes, as an hour has them, of servers with much
 * of what checks have to look through.
 */
export const healthRow: Row = async (bench, kind) => {
  // It reads what the server says of itself, so there are no two kinds of data.
  if (kind !== 'pgbench') return [];
  const entries: Entry[] = [];
  for (const crowd of CROWDS) entries.push(...(await crowdEntries(bench, crowd)));
  return entries;
};

async function crowdEntries(bench: Bench, crowd: Crowd): Promise<readonly Entry[]> {
  const { instance, scratch, scale, runs, signal } = bench;
  await using home = await scratch.folder('health');
  await using cluster = await startWatchedCluster(instance, home.path, crowd, scale.health);
  const name =
    crowd === 'nothing in it' ? crowd : `${scale.health[crowd].toLocaleString('en')} ${crowd}`;
  const hours: Hour[] = [];
  for (let round = 1; round <= runs; round += 1) {
    signal.throwIfAborted();
    const hour = await probeForAnHour(cluster, signal);
    hours.push(hour);
    bench.say(`probes, ${name}: round ${round}, dearest ${hour.dearestMs} ms`);
  }
  const entry = (
    work: string,
    unit: string,
    value: (hour: Hour) => number,
    targets: readonly Target[] = [],
  ): Entry => ({
    work: `${work}, ${name}`,
    data: 'any',
    contestant: HOLDFAST_NAME,
    unit,
    samples: hours.map((hour) => ({ value: value(hour), ...cpuOf(hour) })),
    targets,
  });
  return [
    entry('wait of a probe', 'ms', ({ waitMs }) => waitMs),
    entry('server time of the dearest probe', 'ms', ({ dearestMs }) => dearestMs, SERVER_TIME),
    entry(
      'CPU of a probe a minute',
      '% of a core',
      ({ cpuSec, serverCpuSec }) => (100 * (cpuSec + serverCpuSec)) / HOUR_SEC,
      CPU,
    ),
  ];
}

async function probeForAnHour(
  { monitor, server }: WatchedCluster,
  signal: AbortSignal,
): Promise<Hour> {
  const probe = testProbe(monitor, { signal });
  await delay(SETTLE_MS);
  const account = serverAccount(server.dataDirectory);
  const waits: number[] = [];
  const costs: number[] = [];
  const before = process.cpuUsage();
  for (let minute = 0; minute < PROBES; minute += 1) {
    const beganMs = account.spentMs();
    await probeDatabase(new Date(minute * MINUTE_MS), probe);
    while (account.isVisited()) await delay(LOOK_MS);
    costs.push(account.spentMs() - beganMs);
    waits.push(Number(probe.log.lines.at(-1)?.fields['server_ms']));
  }
  const { user, system } = process.cpuUsage(before);
  return {
    waitMs: median(waits) ?? Number.NaN,
    dearestMs: Math.max(...costs),
    cpuSec: (user + system) / MICROSECONDS,
    serverCpuSec: costs.reduce((sum, ms) => sum + ms, 0) / 1_000,
  };
}

/** What the postmaster tells of the processes that it has started. */
interface ServerAccount {
  /** CPU time of itself and of all that have ended. */
  spentMs(): number;
  /** Whether any lives that did not when the account was opened: whoever visits is counted once he has gone. */
  isVisited(): boolean;
}

function serverAccount(dataDirectory: string): ServerAccount {
  const pid = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0] ?? '';
  const children = (): readonly string[] =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const residents = new Set(children());
  return {
    spentMs: () => {
      const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return stat === undefined ? Number.NaN : (stat.ownTicks + stat.endedTicks) * TICK_MS;
    },
    isVisited: () => children().some((child) => !residents.has(child)),
  };
}

const cpuOf = ({ cpuSec, serverCpuSec }: Hour): Omit<Sample, 'value'> => ({ cpuSec, serverCpuSec });
