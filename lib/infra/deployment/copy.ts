import { z } from 'zod';
import { Region } from './region.ts';

/** The copy of a cluster's archive in another region. What is left out is as in the cluster's own. */
export const Copy = z.strictObject({
  region: Region,
  retention: z
    .strictObject({
      /** Every moment of so many days back can be recovered from the copy. */
      days: z.int().min(1).max(3_650).optional(),
      /** For so long an object of the copy that expired can be brought back. */
      undeleteDays: z.int().min(1).max(365).optional(),
    })
    .default({}),
});
export type Copy = z.output<typeof Copy>;

/** Regions that replicate to each other: S3 does it within a partition alone. */
const PARTITIONS = ['cn-', 'us-gov-', 'us-iso'];

/** What of a cluster's copy does not fit its archive. `region` is the archive's. */
export function copyFaults(
  { copy }: { readonly copy?: Copy | undefined },
  region: string,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (copy === undefined) return [];
  const path = ['copy', 'region'];
  if (copy.region === region) {
    return [{ path, message: `${copy.region} is the archive's own: both would be lost with it` }];
  }
  if (partitionOf(copy.region) === partitionOf(region)) return [];
  return [{ path, message: `S3 replicates nothing from ${region} to ${copy.region}` }];
}

function partitionOf(region: string): string | undefined {
  return PARTITIONS.find((prefix) => region.startsWith(prefix));
}
