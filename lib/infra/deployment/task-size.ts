import { z } from 'zod';

/**
 * What Fargate sells: CPU units, and the memory in GiB that goes with them.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
 */
const MEMORY_GIB: Readonly<Record<number, { readonly min: number; readonly max: number }>> = {
  1: { min: 2, max: 8 },
  2: { min: 4, max: 16 },
  4: { min: 8, max: 30 },
  8: { min: 16, max: 60 },
  16: { min: 32, max: 120 },
};

/** Size of a Fargate task. */
export const TaskSize = z
  .strictObject({
    /** A backup compresses on all of them. */
    vcpu: z
      .union([z.literal(1), z.literal(2), z.literal(4), z.literal(8), z.literal(16)])
      .default(2),
    /** A task needs less than 0.5 GiB whatever the size of the database. @default - the least */
    memoryGiB: z.int().optional(),
  })
  .transform(({ vcpu, memoryGiB }) => ({
    vcpu,
    memoryGiB: memoryGiB ?? MEMORY_GIB[vcpu]?.min ?? 0,
  }))
  .superRefine(({ vcpu, memoryGiB }, context) => {
    const { min = 0, max = 0 } = MEMORY_GIB[vcpu] ?? {};
    if (memoryGiB >= min && memoryGiB <= max) return;
    context.addIssue({
      code: 'custom',
      path: ['memoryGiB'],
      message: `${memoryGiB} GiB do not go with ${vcpu} vCPU, which take ${min} to ${max}`,
    });
  });
