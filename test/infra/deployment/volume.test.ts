import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Volume } from '../../../lib/infra/deployment/volume.ts';

function faultsOf(volume: unknown): readonly string[] {
  return (Volume.safeParse(volume).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('a volume', () => {
  test('has what gp3 includes, unless told otherwise', () => {
    expect(Volume.parse({})).toEqual({ sizeGiB: 100, iops: 3_000, throughputMiBps: 125 });
  });

  test('refuses more IOPS than its size allows, and says how many that are', () => {
    expect(faultsOf({ sizeGiB: 10, iops: 5_001 })).toEqual([
      'iops: 5001 is more than 5000, which 10 GiB allow',
    ]);
  });

  test('refuses more throughput than its IOPS allow, and says how much that is', () => {
    expect(faultsOf({ iops: 3_000, throughputMiBps: 751 })).toEqual([
      'throughputMiBps: 751 is more than 750, which 3000 IOPS allow',
    ]);
  });

  test.each([
    { sizeGiB: 9 },
    { sizeGiB: 65_537 },
    { sizeGiB: 99.5 },
    { iops: 2_999 },
    { sizeGiB: 1_000, iops: 80_001 },
    { throughputMiBps: 124 },
    { iops: 20_000, throughputMiBps: 2_001 },
  ])('refuses %j: EBS has no such gp3 volume', (volume) => {
    expect(faultsOf(volume)).toHaveLength(1);
  });

  test('takes all that EBS sells', () => {
    const sold = fc
      .record({
        sizeGiB: fc.integer({ min: 160, max: 65_536 }),
        iops: fc.integer({ min: 3_000, max: 80_000 }),
      })
      .chain((size) =>
        fc
          .integer({ min: 125, max: Math.min(2_000, Math.floor(size.iops / 4)) })
          .map((throughputMiBps) => ({ ...size, throughputMiBps })),
      );
    fc.assert(
      fc.property(sold, (volume) => {
        expect(Volume.parse(volume)).toEqual(volume);
      }),
    );
  });
});
