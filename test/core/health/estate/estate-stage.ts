import { ProbeEstateConfig } from '../../../../lib/core/config/estate-config.ts';
import { loadConfig } from '../../../../lib/core/config/load-config.ts';
import type { Judgement } from '../../../../lib/core/health/judgement.ts';
import type { EstateFacts, EstateKnown } from '../../../../lib/core/health/estate-facts.ts';
import { ESTATE_CHECKS } from '../../../../lib/core/health/estate-checks.ts';
import type { Point } from '../../../../lib/core/health/runway/fit-trend.ts';
import { DEPLOYED } from './deployed-vault.ts';

/** When the checks of these tests judge. */
export const NOW = new Date('2026-12-08T10:17:00.000Z');
const MINUTE_MS = 60_000;

/** What a deployment tells the probe of the estate. */
export const TOLD = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_STORE: 's3://a-bucket/prod',
  HOLDFAST_KMS_KEY: 'alias/orders',
  HOLDFAST_RETENTION: '{"windowDays":35}',
  HOLDFAST_VAULT_SETTINGS: JSON.stringify(DEPLOYED),
  HOLDFAST_ROTATED_SECRETS: 'arn:a,arn:b',
  HOLDFAST_HOST_GROUP: 'orders-host',
  HOLDFAST_VOLUME_ID: 'vol-1',
  HOLDFAST_FUNCTIONS: 'orders-notify,orders-probe',
  HOLDFAST_POOLER: 'yes',
  HOLDFAST_BACKUP_AGE_LIMIT_SEC: '108000',
  HOLDFAST_BACKUP_TIMEOUT_SEC: '21600',
} as const;

/** The configuration of it; a variable that is `undefined` is not told. */
export function configOf(
  told: Readonly<Partial<Record<keyof typeof TOLD, string | undefined>>> = {},
): ProbeEstateConfig {
  return loadConfig(ProbeEstateConfig, { ...TOLD, ...told });
}

/** Values of so many minutes ago, the oldest first. */
export function ago(values: Readonly<Record<number, number>>): readonly Point[] {
  return Object.entries(values)
    .map(([minutes, value]) => ({
      at: new Date(NOW.getTime() - Number(minutes) * MINUTE_MS),
      value,
    }))
    .toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

/** So many values, one every five minutes, the newest now. */
export function everyFive(count: number, of: (stepsAgo: number) => number): readonly Point[] {
  return ago(Object.fromEntries(Array.from({ length: count }, (_, step) => [step * 5, of(step)])));
}

/** What the check of that id makes of a fact. */
export function judge(
  id: string,
  fact: EstateFacts[keyof EstateFacts],
  known: Partial<EstateKnown> = {},
): Judgement {
  const check = ESTATE_CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check.judge(fact, { ...configOf(), now: NOW, ...known });
}
