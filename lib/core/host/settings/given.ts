import type { SettingValues } from '../../config/host-config.ts';
import { KIB, MIB, parseMemory, parseNumber } from './amount.ts';

/** What numbers without a unit count in, of the amounts that the formula reckons with. */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  shared_buffers: 8 * KIB,
  work_mem: KIB,
  maintenance_work_mem: KIB,
  autovacuum_work_mem: KIB,
  max_wal_size: MIB,
  min_wal_size: MIB,
  max_slot_wal_keep_size: MIB,
};
const COUNTS = new Set([
  'max_connections',
  'hash_mem_multiplier',
  'max_parallel_workers',
  'max_worker_processes',
  'max_wal_senders',
  'autovacuum_max_workers',
  'io_workers',
]);

/** Overridden values that the formula reckons on with. */
export interface Given {
  /** `-1` of PostgreSQL's stands for `meaning`. `undefined` unless it is given and can be read. */
  readonly bytes: (name: string, meaning?: number) => number | undefined;
  readonly count: (name: string) => number | undefined;
}

/** A view of overrides as numbers. */
export function given(overrides: SettingValues): Given {
  const text = (name: string): string | undefined =>
    Object.hasOwn(overrides, name) ? String(overrides[name]) : undefined;
  return {
    bytes: (name, meaning) => {
      const value = parseMemory(text(name) ?? '', UNIT_BYTES[name] ?? KIB);
      return value === undefined || value >= 0 ? value : meaning;
    },
    count: (name) => {
      const value = parseNumber(text(name) ?? '');
      return value === undefined || value < 0 ? undefined : value;
    },
  };
}

/** Names of the overridden values that the formula reckons with and cannot read. */
export function unreadable(overrides: SettingValues): readonly string[] {
  const { bytes, count } = given(overrides);
  return Object.keys(overrides).filter(
    (name) =>
      (Object.hasOwn(UNIT_BYTES, name) && bytes(name, 0) === undefined) ||
      (COUNTS.has(name) && count(name) === undefined),
  );
}
