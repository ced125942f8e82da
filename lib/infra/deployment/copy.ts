import { z } from 'zod';
import type { DeploymentFault } from './deployment-faults.ts';
import { Region } from './region.ts';
import { retentionFaults } from './retention-faults.ts';
import { lockDays, neededDays, Retention, type RetentionParts } from './retention.ts';

const { days, daily, weekly, monthly, yearly, minBackups, maxGiB, shorten, undeleteDays } =
  Retention.shape;

/** The copy of a cluster's archive in another region. */
export const Copy = z.strictObject({
  region: Region,
  /** What is kept of it, where that is not as in the archive. */
  retention: z
    .strictObject({
      days: days.unwrap().optional(),
      daily: daily.unwrap().optional(),
      weekly: weekly.unwrap().optional(),
      monthly: monthly.unwrap().optional(),
      yearly: yearly.unwrap().optional(),
      minBackups: minBackups.unwrap().optional(),
      maxGiB,
      shorten: shorten.unwrap().optional(),
      undeleteDays: undeleteDays.unwrap().optional(),
      archiveAfterDays: Retention.shape.archiveAfterDays,
    })
    .default({}),
});
export type Copy = z.output<typeof Copy>;

/** What of a cluster decides for its copy. */
export interface CopiedParts extends RetentionParts {
  readonly copy?: Copy | undefined;
}

/** What is kept of a copy, and how: its lock is as long as its own objects may be needed. */
export function copyRetention(retention: Retention, copy: Copy): Retention {
  return { ...retention, ...copy.retention, lock: { ...retention.lock, days: undefined } };
}

/** Regions between which S3 replicates nothing begin otherwise. */
const PARTITIONS = ['cn-', 'us-gov-', 'us-iso', 'eusc-'];

/** What of a cluster's copy does not fit its archive, which is in `region`. */
export function copyRegionFaults(
  { copy }: CopiedParts,
  region: string,
): readonly DeploymentFault[] {
  if (copy === undefined) return [];
  const path = ['copy', 'region'];
  if (copy.region === region) {
    return [{ path, message: `${copy.region} is the archive's own: both would be lost with it` }];
  }
  if (partitionOf(copy.region) === partitionOf(region)) return [];
  return [{ path, message: `S3 replicates nothing from ${region} to ${copy.region}` }];
}

/** All in which what is kept of a cluster's copy contradicts itself, or the archive. */
export function copyRetentionFaults({
  retention,
  backup,
  copy,
}: CopiedParts): readonly DeploymentFault[] {
  // What it takes from the archive is reported there.
  if (copy === undefined || Object.keys(copy.retention).length === 0) return [];
  const ofCopy = { backup, retention: copyRetention(retention, copy) };
  return [...retentionFaults(ofCopy, ['copy']), ...lockFaults({ retention, backup }, ofCopy)];
}

/**
 * S3 gives a replica the lock of its original, whatever the default of its bucket is.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
 */
function lockFaults(archive: RetentionParts, copy: RetentionParts): readonly DeploymentFault[] {
  const [needed, locked] = [neededDays(copy), lockDays(archive)];
  if (needed <= locked) return [];
  const message = `${copy.retention.days} need objects of the copy for ${needed} days, and S3 locks them as the archive does, for ${locked}: make retention.lock.days longer`;
  return [{ path: ['copy', 'retention', 'days'], message }];
}

function partitionOf(region: string): string | undefined {
  return PARTITIONS.find((prefix) => region.startsWith(prefix));
}
