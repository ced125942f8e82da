import type { HealthThresholds } from '../config/health-thresholds.ts';

/** What a probe knows of the server before its checks run. */
export interface ServerFacts {
  /** `server_version_num`, such as 150018. */
  readonly version: number;
  readonly major: number;
  readonly inRecovery: boolean;
  /** Of the server. */
  readonly now: Date;
  readonly startedAt: Date;
  /** Role that the probe logged in as. */
  readonly user: string;
  /** `pg_settings.setting` by name; those that the role may not see are absent. */
  readonly settings: ReadonlyMap<string, string>;
  /** Version of each extension in the database that the probe is in. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Functions in the schema `holdfast` that the role may call. */
  readonly functions: ReadonlySet<string>;
  /** Databases that take connections, templates left out, in the order of their names. */
  readonly databases: readonly string[];
}

/** What the deployment, or whoever runs the probe, says of the cluster. */
export interface ClusterFacts {
  readonly cluster: string;
  /** Of the data volume; `undefined` where nobody says. */
  readonly volumeBytes: number | undefined;
  /** Whether the server is to be the cluster's writer. */
  readonly isWriter: boolean;
  /** Committed work that may be lost with the host. */
  readonly rpoSec: number;
}

/** Numbers that only grow, as a run before saw them. */
export interface Sample {
  readonly at: Date;
  readonly counters: Readonly<Record<string, number>>;
}

/** What a check judges by, besides what it saw. */
export interface Known {
  /** Of the probe's own clock. */
  readonly now: Date;
  readonly server: ServerFacts;
  readonly cluster: ClusterFacts;
  readonly thresholds: HealthThresholds;
  /** The run before; `undefined` at the first. */
  readonly before: Sample | undefined;
}

/**
 * How much a counter has grown since the run before, by the minute; `undefined` at the first run, after the
 * counter was set back, and when hardly any time has passed.
 */
export function perMinute(
  { now, before }: Pick<Known, 'now' | 'before'>,
  name: string,
  value: number,
): number | undefined {
  const grown = growth(before, name, value);
  if (grown === undefined || before === undefined) return undefined;
  const minutes = (now.getTime() - before.at.getTime()) / 60_000;
  return minutes < SHORTEST_MINUTES ? undefined : grown / minutes;
}

/** How much a counter has grown since the run before; `undefined` when that cannot be told. */
export function growth(
  before: Sample | undefined,
  name: string,
  value: number,
): number | undefined {
  const past = before?.counters[name];
  return past === undefined || value < past ? undefined : value - past;
}

/** Of less, a rate says nothing. */
const SHORTEST_MINUTES = 1 / 60;
