import type { ProbeEstateConfig } from '../../config/estate-config.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeyState } from '../../ports/key-state.ts';
import type { MetricHistory } from '../../ports/metric-history.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { SecretAges } from '../../ports/secret-ages.ts';
import type { VaultSettingsReader } from '../../ports/vault-settings.ts';
import type { EstateFacts, FunctionErrors, PointsOf } from '../estate-facts.ts';
import { sumOf } from './points.ts';
import { readBackupAge } from './read-backup-age.ts';
import {
  functionMetrics,
  type NewestName,
  newestMetrics,
  pastMetrics,
  rateMetrics,
} from './wanted-metrics.ts';

/** What the facts of a cluster's estate are read from. */
export interface EstateSites {
  readonly config: ProbeEstateConfig;
  readonly store: ObjectStore;
  readonly keys: KeyState;
  readonly vault: VaultSettingsReader;
  readonly history: MetricHistory;
  readonly secrets: SecretAges;
  readonly clock: Clock;
}

/** Reads each of the facts. */
export type EstateSources = {
  readonly [N in keyof EstateFacts]: (signal: AbortSignal) => Promise<EstateFacts[N]>;
};

/** How each fact is read; what the deployment does not name is not asked for. */
export function estateSources(sites: EstateSites): EstateSources {
  const { config, keys, vault, history, secrets } = sites;
  const { cluster, kmsKey, vaultSettings, functions, rotatedSecrets } = config;
  return {
    key: async (signal) => ({ isUsable: await keys.isUsable(kmsKey, { signal }) }),
    backup: async (signal) => readBackupAge({ ...sites, cluster }, signal),
    vault: async (signal) =>
      vaultSettings === undefined ? { seen: {}, unseen: [] } : vault.read({ signal }),
    newest: async (signal): Promise<PointsOf<NewestName>> =>
      history.read(newestMetrics(config), { signal }),
    past: async (signal) => history.read(pastMetrics(config), { signal }),
    rates: async (signal) => history.read(rateMetrics(config), { signal }),
    functions: async (signal) => readErrors(functions, history, signal),
    secrets: async (signal) =>
      Promise.all(rotatedSecrets.map(async (secret) => secrets.ageOf(secret, { signal }))),
  };
}

/** Facts that nobody is asked about here: to have them is not to have seen anything. */
export function unaskedFacts({
  vaultSettings,
  functions,
  rotatedSecrets,
}: ProbeEstateConfig): ReadonlySet<keyof EstateFacts> {
  const unasked = {
    vault: vaultSettings === undefined,
    functions: functions.length === 0,
    secrets: rotatedSecrets.length === 0,
  };
  const names = Object.keys(unasked) as (keyof typeof unasked)[];
  return new Set(names.filter((name) => unasked[name]));
}

async function readErrors(
  functions: readonly string[],
  history: MetricHistory,
  signal: AbortSignal,
): Promise<readonly FunctionErrors[]> {
  const found = await history.read(functionMetrics(functions), { signal });
  return functions.map((name, index) => ({
    name,
    errors: sumOf(found[`e${index}`]),
    throttles: sumOf(found[`t${index}`]),
  }));
}
