/**
 * Names that constructs give and the runtime looks for. Imports nothing.
 */

/** What an environment's name must look like: without a hyphen, so that it ends where a cluster id begins. */
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9]{1,15}$/;

/** Names of a cluster's SSM parameters. */
export interface ClusterParameters {
  /** JSON of what the host runs: location and SHA-256 of its bundle. */
  readonly hostBundle: string;
  /** Id of the machine image for the next instance that is launched. */
  readonly ami: string;
  /** URI of the container image, with its tag. */
  readonly image: string;
  /** Certificates, in PEM, by which clients verify the server. */
  readonly ca: string;
}

/** The parameters of a cluster. */
export function clusterParameters(environment: string, cluster: string): ClusterParameters {
  const prefix = `/holdfast/${environment}/${cluster}`;
  return {
    hostBundle: `${prefix}/host-bundle`,
    ami: `${prefix}/ami`,
    image: `${prefix}/image`,
    ca: `${prefix}/ca`,
  };
}

/** Name of the SSM parameter by which somebody has acknowledged `alarmName`. */
export function acknowledgementParameter(environment: string, alarmName: string): string {
  return `/holdfast/${environment}/acknowledged/${alarmName}`;
}

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

/** The reverse of {@link alarmName}; `undefined` for an alarm that is not Holdfast's. */
export function parseAlarmName(name: string): AlarmIdentity | undefined {
  const match =
    /^holdfast-([a-z][a-z0-9]{1,15})(?:-([a-z][a-z0-9-]{1,30}))?-([A-Z][A-Za-z0-9]+)$/.exec(name);
  if (match?.[1] === undefined || match[3] === undefined) return undefined;
  return { environment: match[1], cluster: match[2], id: match[3] };
}

/** Kinds of scheduled work, as they stand in the store's `run/` and `lease/`. */
export const RunKind = { BASE_BACKUP: 'base-backup' } as const;
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
  const match = /^holdfast\/(base-backup)\/(\d{8}T\d{6}Z)\/([12])$/.exec(startedBy);
  if (match?.[2] === undefined) return undefined;
  return { kind: RunKind.BASE_BACKUP, occurrence: match[2], attempt: match[3] === '1' ? 1 : 2 };
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
