/**
 * Names that constructs give and the runtime looks for. Imports nothing.
 */

/** What an environment's name must look like: without a hyphen, so that it ends where a cluster id begins. */
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9]{1,15}$/;

/** Names of a cluster's SSM parameters. */
export interface ClusterParameters {
  /** What the host runs: the bundle's `s3://` URI, a space, and its SHA-256 in hex. */
  readonly hostBundle: string;
  /** JSON of what the bundle is told about its cluster. */
  readonly hostConfig: string;
  /** Id of the machine image for the next instance that is launched. */
  readonly ami: string;
  /** Certificates, in PEM, by which clients verify the server. */
  readonly ca: string;
}

/** The parameters of a cluster. */
export function clusterParameters(environment: string, cluster: string): ClusterParameters {
  const prefix = `/holdfast/${environment}/${cluster}`;
  return {
    hostBundle: `${prefix}/host-bundle`,
    hostConfig: `${prefix}/host-config`,
    ami: `${prefix}/ami`,
    ca: `${prefix}/ca`,
  };
}

/** Name of the SSM parameter by which somebody has acknowledged `alarmName`. */
export function acknowledgementParameter(environment: string, alarmName: string): string {
  return `/holdfast/${environment}/acknowledged/${alarmName}`;
}

/** How often somebody looks whether a page has to be repeated: the tick of that schedule. */
export const REPEAT_TICK_MINUTES = 5;

/** What an alarm's name says. */
export interface AlarmIdentity {
  readonly environment: string;
  /** Absent for an alarm of the environment as a whole. */
  readonly cluster?: string | undefined;
  /** `BackupMissed`, for instance; the runbook has its anchor. */
  readonly id: string;
}

/** `holdfast-<environment>-<cluster>-<id>`, or without the cluster. */
export function alarmName({ environment, cluster, id }: AlarmIdentity): string {
  return ['holdfast', environment, ...(cluster === undefined ? [] : [cluster]), id].join('-');
}

/** How the names of all alarms of an environment begin. */
export function alarmNamePrefix(environment: string): string {
  return `holdfast-${environment}-`;
}

/** The reverse of {@link alarmName}; `undefined` for an alarm that is not Holdfast's. */
export function parseAlarmName(name: string): AlarmIdentity | undefined {
  const match =
    /^holdfast-([a-z][a-z0-9]{1,15})(?:-([a-z][a-z0-9-]{1,30}))?-([A-Z][A-Za-z0-9]+)$/.exec(name);
  if (match?.[1] === undefined || match[3] === undefined) return undefined;
  return { environment: match[1], cluster: match[2], id: match[3] };
}

/**
 * Name of a rule by which somebody hears of changes of what keeps an archive: an event names a rule by it. At
 * most 64 characters.
 */
export function guardRule(environment: string, cluster: string, number: number): string {
  return `holdfast-${environment}-${cluster}-guard${number}`;
}

/** Kinds of scheduled work, as they stand in the store's `run/` and `lease/`. */
export const RunKind = { BASE_BACKUP: 'base-backup', HASH_AUDIT: 'hash-audit' } as const;
/** One of {@link RunKind}. */
export type RunKind = (typeof RunKind)[keyof typeof RunKind];

/** Name of the container in each task definition. */
export const TASK_CONTAINER = 'task';

/**
 * `startedBy` of a task, by which it is found: at most 128 characters.
 *
 * @example taskStartedBy({ kind: 'base-backup', occurrence: '20261201T010000Z', attempt: 1 })
 *   // 'holdfast/base-backup/20261201T010000Z/1'
 */
export function taskStartedBy({ kind, occurrence, attempt }: RunAttempt): string {
  return `holdfast/${kind}/${occurrence}/${attempt}`;
}

/** The reverse of {@link taskStartedBy}; `undefined` for a task that Holdfast did not start. */
export function parseStartedBy(startedBy: string): RunAttempt | undefined {
  const match = /^holdfast\/([a-z-]+)\/(\d{8}T\d{6}Z)\/([12])$/.exec(startedBy);
  const kind = Object.values(RunKind).find((one) => one === match?.[1]);
  if (kind === undefined || match?.[2] === undefined) return undefined;
  return { kind, occurrence: match[2], attempt: match[3] === '1' ? 1 : 2 };
}

/** One task for one occurrence. */
export interface RunAttempt {
  readonly kind: RunKind;
  /** {@link occurrenceId} of the scheduled time. */
  readonly occurrence: string;
  /** 2 is the only retry. */
  readonly attempt: 1 | 2;
}

/**
 * Id of a scheduled time, to the second; sorts by time.
 *
 * @example occurrenceId(new Date('2026-12-01T01:00:00Z')) // '20261201T010000Z'
 */
export function occurrenceId(scheduledTime: Date): string {
  return scheduledTime.toISOString().replace(/[-:]|\.\d+/g, '');
}

/** PostgreSQL's roles that log in over the network, each with a secret of its own. */
export const DatabaseRole = { BACKUP: 'holdfast_backup', MONITOR: 'holdfast_monitor' } as const;
/** One of {@link DatabaseRole}. */
export type DatabaseRole = (typeof DatabaseRole)[keyof typeof DatabaseRole];

/** Port of every server. */
export const POSTGRES_PORT = 5432;

/** Port at which clients share the connections of a server. */
export const POOLER_PORT = 6432;

/**
 * Tag of a cluster's key in which a time is noted, so that CloudTrail tells of a write: by it the guard of
 * the archive is proven.
 */
export const GUARD_PROOF_TAG = 'holdfast-guard-proof';

/** Tag of a cluster's instance, by which its volume may be attached to it and to no other. */
export const CLUSTER_TAG = 'holdfast-cluster';

/**
 * Prefix of the tasks' log streams, as the `awslogs` driver is told.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
 */
export const TASK_LOG_PREFIX = 'task';

/**
 * Wall-clock limit of a function that starts tasks. Others take work over that somebody has claimed so long
 * ago: a longer limit would let two start the same task.
 */
export const STARTER_TIMEOUT_SEC = 90;
