import { describe, expect, test } from 'vitest';
import { TaskSize } from '../../../lib/infra/deployment/task-size.ts';

describe('the size of a task', () => {
  test.each([
    [1, 2],
    [2, 4],
    [4, 8],
    [8, 16],
    [16, 32],
  ] as const)('of %i vCPU is the least memory that goes with it, %i GiB', (vcpu, memoryGiB) => {
    expect(TaskSize.parse({ vcpu })).toEqual({ vcpu, memoryGiB });
  });

  test.each([
    { vcpu: 1, memoryGiB: 1 },
    { vcpu: 1, memoryGiB: 9 },
    { vcpu: 2, memoryGiB: 17 },
    { vcpu: 4, memoryGiB: 31 },
    { vcpu: 8, memoryGiB: 15 },
    { vcpu: 16, memoryGiB: 121 },
    { memoryGiB: 3 },
  ])('refuses %j, which Fargate does not sell', (size) => {
    expect(TaskSize.safeParse(size).error?.issues).toEqual([
      expect.objectContaining({ path: ['memoryGiB'] }),
    ]);
  });

  test('refuses a number of processors that Fargate does not sell', () => {
    expect(TaskSize.safeParse({ vcpu: 3 }).success).toBe(false);
  });
});
