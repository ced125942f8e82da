/**
 * Where every object lies (store format 1). Imports nothing, so that constructs and runtime share
 * it and neither can drift.
 */

/** The format this code writes and the highest it reads. */
export const STORE_FORMAT = 1;

/** What a cluster id must look like. */
export const CLUSTER_ID = /^[a-z][a-z0-9-]{1,30}$/;

/** Names a lineage: one system identifier and major version of a cluster. */
export interface LineageId {
  readonly cluster: string;
  /** PostgreSQL's database system identifier, in decimal. */
  readonly systemIdentifier: string;
  /** PostgreSQL major version, such as 15. */
  readonly major: number;
}

/** Keys of one lineage; every method gives a whole key. */
export interface LineageKeys {
  /** Ends with a slash. */
  readonly prefix: string;
  readonly identity: string;
  readonly writerPrefix: string;
  readonly walPrefix: string;
  readonly walIndexPrefix: string;
  readonly basePrefix: string;
  readonly gapPrefix: string;
  readonly tailPrefix: string;
  readonly holdPrefix: string;
  readonly auditPrefix: string;
  readonly retention: RetentionKeys;
  writer(epoch: number): string;
  lease(kind: string): string;
  /** `name` is a segment's, or a `.history` or `.backup` file's. */
  wal(name: string): string;
  /** What is known of the segment `name`, besides its bytes. */
  walIndex(name: string): string;
  /** A `.partial` file may exist in several versions, so its key carries the hash of its bytes. */
  walPartial(name: string, plainSha256: string): string;
  /** A gap that somebody acknowledged. */
  gap(id: string): string;
  /** The backup from which recovery is possible again behind gap `id`. */
  gapAnchor(id: string): string;
  /** The writer's own bytes of a segment that could not go under its name. */
  gapSegment(id: string, name: string, plainSha256: string): string;
  backup(id: string): BackupKeys;
  /** One occurrence of scheduled work of `kind`; `occurrence` is its scheduled time, `20261201T010000Z`. */
  run(kind: string, occurrence: string): RunKeys;
  /** What somebody wants kept, and until when. */
  hold(id: string): string;
  /** That the hold `id` ended before its time. */
  holdRelease(id: string): string;
  /** What an audit found; `id` sorts by time. */
  audit(id: string): string;
  /** What stood behind a page, as it was then; `id` sorts by time and names the alarm. */
  diagnosis(id: string): string;
}

/** Keys of what retention has decided: all write-once. Every `id` sorts by time. */
export interface RetentionKeys {
  readonly planPrefix: string;
  readonly appliedPrefix: string;
  readonly undonePrefix: string;
  /** What one day's plan keeps and lets go. */
  plan(id: string): string;
  /** What is tagged because the plan `id` and an older one agree: put before the first tag. */
  applied(id: string): string;
  /** That no plan up to this moment counts any more, and what they tagged is kept. */
  undone(id: string): string;
}

/** Keys of one scheduled occurrence: all write-once. */
export interface RunKeys {
  /** Who claimed the occurrence. */
  readonly claim: string;
  /** The task that was started for it; `attempt` counts from 1. */
  task(attempt: number): string;
  /** How that task ended. */
  outcome(attempt: number): string;
}

/** Keys of one base backup. */
export interface BackupKeys {
  readonly prefix: string;
  readonly record: string;
  readonly manifest: string;
  /** `index` counts from 1. */
  part(index: number): string;
}

const SEGMENT_NAME_DIGITS = 24;
const TIMELINE_DIGITS = 8;
const EPOCH_DIGITS = 8;

/** `<cluster>/`, ending with a slash. */
export function clusterPrefix(cluster: string): string {
  return `${cluster}/`;
}

/** Folder name of a lineage below its cluster's prefix: `<system identifier>-<major>`. */
export function lineageFolder(id: Pick<LineageId, 'systemIdentifier' | 'major'>): string {
  return `${id.systemIdentifier}-${id.major}`;
}

/** The reverse of {@link lineageFolder}; `undefined` for a name of another shape. */
export function parseLineageFolder(
  name: string,
): Pick<LineageId, 'systemIdentifier' | 'major'> | undefined {
  const match = /^(\d{1,20})-(\d{2,3})$/.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { systemIdentifier: match[1], major: Number(match[2]) };
}

/** The keys of lineage `id`. */
export function lineageKeys(id: LineageId): LineageKeys {
  const prefix = `${clusterPrefix(id.cluster)}${lineageFolder(id)}/`;
  const walFolder = (name: string): string => {
    const timeline = name.slice(0, TIMELINE_DIGITS);
    const isSegment = name.length === SEGMENT_NAME_DIGITS;
    return isSegment
      ? `${prefix}wal/${timeline}/${name.slice(TIMELINE_DIGITS, 2 * TIMELINE_DIGITS)}/`
      : `${prefix}wal/${timeline}/`;
  };
  return {
    prefix,
    identity: `${prefix}identity.json`,
    writerPrefix: `${prefix}writer/`,
    walPrefix: `${prefix}wal/`,
    walIndexPrefix: `${prefix}wal-index/`,
    basePrefix: `${prefix}base/`,
    gapPrefix: `${prefix}gap/`,
    tailPrefix: `${prefix}tail/`,
    holdPrefix: `${prefix}hold/`,
    auditPrefix: `${prefix}audit/`,
    retention: retentionKeys(`${prefix}retention/`),
    writer: (epoch) => `${prefix}writer/${String(epoch).padStart(EPOCH_DIGITS, '0')}.json`,
    lease: (kind) => `${prefix}lease/${kind}.json`,
    wal: (name) => `${walFolder(name)}${name}.zst`,
    walIndex: (name) => `${prefix}wal-index/${name.slice(0, TIMELINE_DIGITS)}/${name}.json`,
    walPartial: (name, plainSha256) => `${walFolder(name)}${name}.${plainSha256.slice(0, 16)}.zst`,
    gap: (gapId) => `${prefix}gap/${gapId}.json`,
    gapAnchor: (gapId) => `${prefix}gap/${gapId}-anchor.json`,
    gapSegment: (gapId, name, plainSha256) =>
      `${prefix}gap/${gapId}/${name}.${plainSha256.slice(0, 16)}.zst`,
    backup: (backupId) => {
      const folder = `${prefix}base/${backupId}/`;
      return {
        prefix: folder,
        record: `${folder}backup.json`,
        manifest: `${folder}backup_manifest`,
        part: (index) => `${folder}part-${String(index).padStart(5, '0')}.tar.zst`,
      };
    },
    run: (kind, occurrence) => {
      const stem = `${prefix}run/${kind}/${occurrence}`;
      return {
        claim: `${stem}.json`,
        task: (attempt) => `${stem}-task-${attempt}.json`,
        outcome: (attempt) => `${stem}-outcome-${attempt}.json`,
      };
    },
    hold: (holdId) => `${prefix}hold/${holdId}.json`,
    holdRelease: (holdId) => `${prefix}hold/${holdId}-release.json`,
    audit: (auditId) => `${prefix}audit/${auditId}.json`,
    diagnosis: (diagnosisId) => `${prefix}diagnosis/${diagnosisId}.json`,
  };
}

function retentionKeys(prefix: string): RetentionKeys {
  return {
    planPrefix: `${prefix}plan/`,
    appliedPrefix: `${prefix}applied/`,
    undonePrefix: `${prefix}undone/`,
    plan: (id) => `${prefix}plan/${id}.json`,
    applied: (id) => `${prefix}applied/${id}.json`,
    undone: (id) => `${prefix}undone/${id}.json`,
  };
}

/** The tag by which one role lets a lifecycle rule remove an object, and takes that back. */
export const ExpiryTag = { KEY: 'holdfast-expiry', DUE: 'due', KEPT: 'kept' } as const;

/** The lease that a base backup holds, whoever takes it. */
export const BACKUP_LEASE = 'backup';
/** The lease that whoever applies or undoes retention holds. */
export const RETENTION_LEASE = 'retention';
