import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';

/**
 * Bounds that a fault reaches within seconds, as an environment's file may set them: the deployed alarms and the probe
 * both go by these. Where a fault can reach the defaults, they stand.
 */
export const DRILL_BOUNDS = {
  oldestReadySec: { warn: 1, page: 2 },
  readyWalSegments: { warn: 1, page: 3 },
  unarchivedWalSec: { warn: 5, page: 10 },
  slotRetainedPercent: { warn: 0.002, page: 0.004 },
  xidAge: { warn: 10_000, page: 20_000 },
  multixactPercent: { warn: 0.000_5, page: 0.001 },
  freezePercent: { warn: 8, page: 15 },
  xminHorizonAge: { warn: 5_000, page: 10_000 },
  preparedTransactionSec: { warn: 0.1, page: 0.3 },
  blockedSec: { warn: 0.1, page: 0.3 },
  idleInTransactionSec: { warn: 0.1, page: 0.3 },
  longTransactionSec: { warn: 0.2, page: 0.5 },
  tempMiBPerMin: { warn: 5, page: 20 },
} satisfies Parameters<typeof HealthThresholds.parse>[0];

/** With the defaults for all others. */
export const DRILL_THRESHOLDS: HealthThresholds = HealthThresholds.parse(DRILL_BOUNDS);
/** Work that may be lost with the host: the least that a file may say. */
export const DRILL_RPO_SEC = 60;
/** Size of the data volume of the deployment that is drilled. */
export const DRILL_VOLUME_GIB = 100;
