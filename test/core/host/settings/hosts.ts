import * as fc from 'fast-check';
import { GIB, MIB } from '../../../../lib/core/host/settings/amount.ts';
import type { SettingsFacts } from '../../../../lib/core/host/settings/facts.ts';

/** A machine like many. */
export const HOST: SettingsFacts = {
  memoryBytes: 16 * GIB,
  cores: 2,
  major: 18,
  volumeBytes: 100 * GIB,
  pooled: true,
};

/** From half a GiB to 2 TiB, as likely small as large, and never a round number. */
const memoryBytes = fc
  .double({ min: Math.log2(GIB / 2), max: Math.log2(2_048 * GIB), noNaN: true })
  .map((power) => Math.floor(2 ** power));

/** Every host that there may be. */
export const hosts: fc.Arbitrary<SettingsFacts> = fc.record({
  memoryBytes,
  cores: fc.integer({ min: 1, max: 192 }),
  major: fc.constantFrom(15, 16, 17, 18),
  volumeBytes: fc.integer({ min: 1, max: 65_536 }).map((size) => size * GIB),
  pooled: fc.boolean(),
  maxConnections: fc.option(fc.integer({ min: 20, max: 5_000 }), { nil: undefined }),
});

/** A setting of memory in bytes, as the plan writes it. */
export function bytesOf(value: string | undefined): number {
  const [, digits = '', unit = ''] = /^(\d+)(kB|MB|GB)$/.exec(value ?? '') ?? [];
  return Number(digits) * ({ kB: 1_024, MB: MIB, GB: GIB }[unit] ?? Number.NaN);
}
