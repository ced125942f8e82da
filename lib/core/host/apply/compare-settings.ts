import type { FileSetting, RunningSettings, ServerSetting } from './server-setting.ts';
import { canonicalValue } from './setting-value.ts';

/** A setting whose value in force is not the wanted one. */
export interface SettingChange {
  readonly name: string;
  readonly from: string;
  /** `undefined`: nobody sets it any more, so it goes back to its default. */
  readonly to: string | undefined;
  /** Whether only a restart brings it. */
  readonly needsRestart: boolean;
}

/** A wanted value that stays without effect, because another stands above it. */
export interface ShadowedSetting {
  readonly name: string;
  readonly wanted: string;
  /** What is in force instead. */
  readonly by: string;
  readonly source: 'ALTER SYSTEM' | 'command line';
}

/** How a running server differs from what it is to be. */
export interface SettingDifferences {
  /** In the order of their names. */
  readonly changes: readonly SettingChange[];
  readonly shadowed: readonly ShadowedSetting[];
}

/** Sources that belong to a session: there the file tells what all others have. */
const OF_A_SESSION = new Set(['client', 'database', 'database user', 'global', 'session', 'user']);
/** Values that stand for one that the server works out by itself, and then prints. */
const AUTOMATIC: Readonly<Record<string, string>> = {
  commit_timestamp_buffers: '0',
  io_max_concurrency: '-1',
  subtransaction_buffers: '0',
  transaction_buffers: '0',
  wal_buffers: '-1',
};
/** Where these are read from is said when a server starts, and is none of the settings of a file. */
const PLACES = new Set(['config_file', 'data_directory', 'hba_file', 'ident_file']);

/**
 * What `wanted` would change in a server that runs, were it the file that the server reads: what
 * stands above a file stays there, and what nobody sets any more goes back to its default.
 *
 * @param wanted - name → value, as they would be written to a file.
 * @see https://www.postgresql.org/docs/current/view-pg-settings.html
 */
export function compareSettings(
  running: RunningSettings,
  wanted: ReadonlyMap<string, string>,
): SettingDifferences {
  const settings = byName(running.settings);
  const altered = byName(running.altered);
  const written = byName(running.written);
  const asked = byName([...wanted].map(([name, value]) => ({ name, value })));
  const names = new Set([...asked.keys(), ...altered.keys(), ...written.keys()]);
  for (const { name, pendingRestart } of running.settings) {
    if (pendingRestart) names.add(name.toLowerCase());
  }
  const changes: SettingChange[] = [];
  const shadowed: ShadowedSetting[] = [];
  for (const name of [...names].filter((one) => !PLACES.has(one)).sort()) {
    const shadow = shadowOver(name);
    if (shadow !== undefined) shadowed.push(shadow);
    const change = changeOf(name);
    if (change !== undefined) changes.push(change);
  }
  return { changes, shadowed };

  function shadowOver(name: string): ShadowedSetting | undefined {
    const value = asked.get(name)?.value;
    const setting = settings.get(name);
    if (value === undefined) return undefined;
    const above = altered.get(name)?.value;
    const source = setting?.source === 'command line' ? 'command line' : 'ALTER SYSTEM';
    const by = source === 'command line' ? setting?.value : above;
    if (by === undefined || isSame(setting, value, by)) return undefined;
    return { name: setting?.name ?? name, wanted: value, by, source };
  }

  function changeOf(name: string): SettingChange | undefined {
    const setting = settings.get(name);
    const to = altered.get(name)?.value ?? asked.get(name)?.value;
    if (setting === undefined) {
      const from = written.get(name)?.value;
      // Of a library that is not loaded: whatever loads it tells its own need of a restart.
      return to === undefined || to === from
        ? undefined
        : { name, from: from ?? '', to, needsRestart: false };
    }
    if (setting.context === 'internal' || setting.source === 'command line') return undefined;
    if (isInForce(setting, to)) return undefined;
    const needsRestart = setting.context === 'postmaster';
    return { name: setting.name, from: setting.value, to, needsRestart };
  }

  function isInForce(setting: ServerSetting, to: string | undefined): boolean {
    const name = setting.name.toLowerCase();
    const target = to ?? setting.bootValue;
    const onDisk = (altered.get(name) ?? written.get(name))?.value;
    if (OF_A_SESSION.has(setting.source)) {
      return isSame(setting, target, onDisk ?? setting.bootValue);
    }
    if (isAutomatic(setting, target)) {
      return !setting.pendingRestart && (onDisk === undefined || isAutomatic(setting, onDisk));
    }
    return isSame(setting, target, setting.value);
  }
}

function isAutomatic(setting: ServerSetting, value: string): boolean {
  const automatic = AUTOMATIC[setting.name];
  return automatic !== undefined && canonicalValue(setting, value) === automatic;
}

/** A text that no server would take equals only itself. */
function isSame(setting: ServerSetting | undefined, one: string, other: string): boolean {
  if (setting === undefined) return one === other;
  return (canonicalValue(setting, one) ?? one) === (canonicalValue(setting, other) ?? other);
}

/** Names of settings know no case; the last of a name counts. */
function byName<T extends FileSetting | ServerSetting>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name.toLowerCase(), one]));
}
