import { BACKUP_CHECKS } from './checks/estate-backups.ts';
import { HOST_CHECKS } from './checks/estate-host.ts';
import { LOG_CHECKS } from './checks/estate-log.ts';
import { MONITOR_CHECKS } from './checks/estate-monitor.ts';
import { RATE_CHECKS } from './checks/estate-rates.ts';
import { RUNWAY_CHECKS } from './checks/estate-runway.ts';
import { SECRET_CHECKS } from './checks/estate-trust.ts';
import { VAULT_CHECKS } from './checks/estate-vault.ts';
import type { EstateKnown } from './estate-facts.ts';
import type { FactCheck } from './fact-check.ts';

/**
 * Checks of what surrounds the database. Those of one fact are due in the same minute, so that it is read once for
 * all of them.
 */
export const ESTATE_CHECKS: readonly FactCheck<EstateKnown>[] = [
  ...BACKUP_CHECKS,
  ...VAULT_CHECKS,
  ...LOG_CHECKS,
  ...RUNWAY_CHECKS,
  ...RATE_CHECKS,
  ...HOST_CHECKS,
  ...SECRET_CHECKS,
  ...MONITOR_CHECKS,
];
