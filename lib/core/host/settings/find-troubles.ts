import type { SettingValues } from '../../config/host-config.ts';
import { MIB } from './amount.ts';
import type { PlannedSetting, SettingsFacts } from './facts.ts';
import { given, unreadable } from './given.ts';
import { type MemoryPlan, promisedBytes } from './plan-memory.ts';

/** What is kept in `pg_wal` on purpose may take so much of the volume; the archive's outages come on top. */
const MOST_OF_VOLUME = 1 / 2;

/** What somebody should know about a plan before it is used: sentences, none of which is an error. */
export function findSettingTroubles(
  facts: SettingsFacts,
  overrides: SettingValues,
  memory: MemoryPlan,
  settings: ReadonlyMap<string, PlannedSetting>,
): readonly string[] {
  return [
    ...unreadable(overrides).map(
      (name) => `${name} is ${String(overrides[name])}, which the formula cannot reckon with`,
    ),
    ...fewerConnections(facts, overrides, memory),
    ...tooMuchMemory(facts, memory),
    ...tooMuchWal(facts, settings),
  ];
}

function fewerConnections(
  { maxConnections }: SettingsFacts,
  overrides: SettingValues,
  memory: MemoryPlan,
): readonly string[] {
  const isGranted = maxConnections === undefined || memory.maxConnections >= maxConnections;
  if (isGranted || Object.hasOwn(overrides, 'max_connections')) return [];
  return [
    `${maxConnections} connections were asked for, the memory carries ${memory.maxConnections}: take a larger instance or let clients share them`,
  ];
}

function tooMuchMemory({ memoryBytes }: SettingsFacts, memory: MemoryPlan): readonly string[] {
  const promised = promisedBytes(memory);
  if (promised <= memoryBytes) return [];
  const [largest] = memory.promised.toSorted((a, b) => b.bytes - a.bytes);
  return [
    `the settings promise ${inMiB(promised)} of memory and the machine has ${inMiB(memoryBytes)}, most of it to "${largest?.what}" (${inMiB(largest?.bytes ?? 0)}): when all of it is used the kernel kills PostgreSQL`,
  ];
}

function tooMuchWal(
  { volumeBytes }: SettingsFacts,
  settings: ReadonlyMap<string, PlannedSetting>,
): readonly string[] {
  const values = Object.fromEntries([...settings].map(([name, { value }]) => [name, value]));
  const { bytes } = given(values);
  const keptForSlots = bytes('max_slot_wal_keep_size') ?? 0;
  if (keptForSlots < 0) {
    return ['max_slot_wal_keep_size is unlimited: a slot that nobody reads fills the volume'];
  }
  const kept = (bytes('max_wal_size') ?? 0) + keptForSlots;
  if (kept <= volumeBytes * MOST_OF_VOLUME) return [];
  return [
    `max_wal_size and max_slot_wal_keep_size keep up to ${inMiB(kept)} of WAL on a volume of ${inMiB(volumeBytes)}`,
  ];
}

function inMiB(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
