import type { SettingValues } from '../../config/host-config.ts';
import { canonicalValue } from '../apply/setting-value.ts';
import { KIB, MIB } from './amount.ts';

/** What numbers without a unit count in, of the amounts that the formula reckons with. */
const UNITS = {
  shared_buffers: '8kB',
  work_mem: 'kB',
  maintenance_work_mem: 'kB',
  autovacuum_work_mem: 'kB',
  max_wal_size: 'MB',
  max_slot_wal_keep_size: 'MB',
} as const;
const UNIT_BYTES = { '8kB': 8 * KIB, kB: KIB, MB: MIB } as const;
const COUNTS = [
  'max_connections',
  'hash_mem_multiplier',
  'max_parallel_workers',
  'max_worker_processes',
  'max_wal_senders',
  'autovacuum_max_workers',
  'io_workers',
] as const;

type AmountName = keyof typeof UNITS;
type CountName = (typeof COUNTS)[number];

/** Values of settings, as numbers to reckon with. */
export interface Given {
  /** Negative where PostgreSQL has a meaning for it. `undefined` unless it is given and can be read. */
  readonly bytes: (name: AmountName) => number | undefined;
  readonly count: (name: CountName) => number | undefined;
}

/** A view of settings as numbers. */
export function given(settings: SettingValues): Given {
  return {
    bytes: (name) => {
      const unit = UNITS[name];
      const amount = read(settings, name, 'integer', unit);
      return amount === undefined ? undefined : amount * UNIT_BYTES[unit];
    },
    count: (name) => read(settings, name, name === 'hash_mem_multiplier' ? 'real' : 'integer'),
  };
}

/** Names of the values that the formula reckons with and cannot read. */
export function unreadable(settings: SettingValues): readonly string[] {
  const { bytes, count } = given(settings);
  const isGiven = (name: string): boolean => Object.hasOwn(settings, name);
  const amounts = Object.keys(UNITS) as readonly AmountName[];
  return [
    ...amounts.filter((name) => isGiven(name) && bytes(name) === undefined),
    ...COUNTS.filter((name) => isGiven(name) && count(name) === undefined),
  ];
}

function read(
  settings: SettingValues,
  name: string,
  type: 'integer' | 'real',
  unit?: string,
): number | undefined {
  if (!Object.hasOwn(settings, name)) return undefined;
  const value = canonicalValue({ name, type, unit, values: [] }, String(settings[name]));
  return value === undefined ? undefined : Number(value);
}
