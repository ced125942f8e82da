import { z } from 'zod';

const MIN_IOPS = 3_000;
const MAX_IOPS = 80_000;
const MIN_THROUGHPUT = 125;
const MAX_THROUGHPUT = 2_000;
const IOPS_PER_GIB = 500;
const MIBPS_PER_IOPS = 0.25;

/**
 * The gp3 volume of a data directory.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
 */
export const Volume = z
  .strictObject({
    sizeGiB: z.int().min(10).max(65_536).default(100),
    iops: z.int().min(MIN_IOPS).max(MAX_IOPS).default(MIN_IOPS),
    throughputMiBps: z.int().min(MIN_THROUGHPUT).max(MAX_THROUGHPUT).default(MIN_THROUGHPUT),
  })
  .superRefine(({ sizeGiB, iops, throughputMiBps }, context) => {
    const mostIops = Math.max(MIN_IOPS, sizeGiB * IOPS_PER_GIB);
    if (iops > mostIops) {
      context.addIssue({
        code: 'custom',
        path: ['iops'],
        message: `${iops} is more than ${mostIops}, which ${sizeGiB} GiB allow`,
      });
    }
    if (throughputMiBps > iops * MIBPS_PER_IOPS) {
      context.addIssue({
        code: 'custom',
        path: ['throughputMiBps'],
        message: `${throughputMiBps} is more than ${iops * MIBPS_PER_IOPS}, which ${iops} IOPS allow`,
      });
    }
  });
