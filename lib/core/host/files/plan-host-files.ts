import type { HostConfig } from '../../config/host-config.ts';
import { planHba } from '../access/plan-hba.ts';
import type { SettingsFacts } from '../settings/facts.ts';
import { planSettings } from '../settings/plan-settings.ts';
import { renderConf } from '../settings/render-conf.ts';

/** Texts of the files that PostgreSQL on a host is configured with, by name. */
export interface HostFiles {
  readonly files: Readonly<Record<'postgresql.conf' | 'pg_hba.conf' | 'pg_ident.conf', string>>;
  /** Sentences to warn with. */
  readonly findings: readonly string[];
}

/**
 * What a host's PostgreSQL is configured with. It stays out of the data directory: a restored one brings
 * another machine's.
 *
 * @throws {@link OpsError} `HOST-SETTINGS` for settings of the deployment that cannot be.
 */
export function planHostFiles(config: HostConfig, facts: SettingsFacts): HostFiles {
  const { settings, findings } = planSettings(facts, config.settings);
  const { hba, ident } = planHba(config);
  return {
    files: { 'postgresql.conf': renderConf(settings), 'pg_hba.conf': hba, 'pg_ident.conf': ident },
    findings,
  };
}
