import type { SettingValues } from '../../config/host-config.ts';
import { settingFaults } from '../../config/own-settings.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { PlannedSetting, SettingRow, SettingsFacts } from './facts.ts';
import { findSettingTroubles } from './find-troubles.ts';
import { LOG_ROWS } from './log-rows.ts';
import { memoryRows } from './memory-rows.ts';
import { OWN_ROWS, TLS_ROWS } from './own-rows.ts';
import { type MemoryPlan, planMemory } from './plan-memory.ts';
import { walRows } from './wal-rows.ts';
import { workRows } from './work-rows.ts';

/** The configuration of a host's server. */
export interface SettingsPlan {
  /** In the order in which they are written. */
  readonly settings: ReadonlyMap<string, PlannedSetting>;
  readonly memory: MemoryPlan;
  /** Sentences to warn with; none of them keeps the server from starting. */
  readonly findings: readonly string[];
}

const GIVEN = "chosen in the cluster's settings";

/**
 * The formula: what a host's PostgreSQL is configured with, from its memory, cores and volume.
 *
 * @param overrides - stand above the formula, which reckons on with those that it knows.
 * @throws {@link OpsError} `HOST-SETTINGS` for overrides that are Holdfast's own or would end a line.
 */
export function planSettings(facts: SettingsFacts, overrides: SettingValues = {}): SettingsPlan {
  refuseFaults(overrides);
  const memory = planMemory(facts, overrides);
  const rows = [
    ...memoryRows(memory, facts.cores),
    ...walRows(facts, memory),
    ...workRows(facts, memory),
    ...LOG_ROWS,
    ...TLS_ROWS,
  ];
  const settings = new Map<string, PlannedSetting>([
    ...rows.map((row) => entry(row, 'formula')),
    ...OWN_ROWS.map((row) => entry(row, 'own')),
    ...Object.entries(overrides).map(([name, value]): [string, PlannedSetting] => [
      name,
      { value: overriddenText(value), why: GIVEN, origin: 'given' },
    ]),
  ]);
  return { settings, memory, findings: findSettingTroubles(facts, overrides, memory, settings) };
}

function entry(
  { name, value, why }: SettingRow,
  origin: PlannedSetting['origin'],
): [string, PlannedSetting] {
  return [name, { value, why, origin }];
}

function overriddenText(value: string | number | boolean): string {
  if (typeof value !== 'boolean') return String(value);
  return value ? 'on' : 'off';
}

function refuseFaults(overrides: SettingValues): void {
  const faults = settingFaults(overrides);
  if (faults.length === 0) return;
  throw new OpsError(
    'HOST-SETTINGS',
    faults.map(({ name, message }) => `${JSON.stringify(name)} ${message}`).join('; '),
    { hint: "correct postgres.settings in the environment's file and deploy it" },
  );
}
