import { z } from 'zod';

/** Where a value begins to be worth a ticket, and where it wakes somebody; what rises is bad. */
function rising(warn: number, page: number): z.ZodPrefault<z.ZodType<Bounds, Partial<Bounds>>> {
  return z
    .strictObject({ warn: z.number().min(0).default(warn), page: z.number().min(0).default(page) })
    .refine(({ warn: low, page: high }) => low <= high, {
      error: ({ input }) => `a page before its warning: ${JSON.stringify(input)}`,
    })
    .prefault({});
}

/** The same for what falls. */
function falling(warn: number, page: number): z.ZodPrefault<z.ZodType<Bounds, Partial<Bounds>>> {
  return z
    .strictObject({ warn: z.number().default(warn), page: z.number().default(page) })
    .refine(({ warn: high, page: low }) => low <= high, {
      error: ({ input }) => `a page before its warning: ${JSON.stringify(input)}`,
    })
    .prefault({});
}

/** Two bounds of one value. */
export interface Bounds {
  readonly warn: number;
  readonly page: number;
}

const DAY_SEC = 86_400;

/**
 * Where checks begin to warn and to page, in the unit that each name ends with. Shared by the checks and the
 * alarms; an environment's file may change each.
 */
export const HealthThresholds = z.strictObject({
  oldestReadySec: rising(300, 900),
  readyWalSegments: rising(10, 64),
  unarchivedWalSec: rising(300, 900),
  slotRoomPercent: falling(25, 10),
  /** Of the data volume. */
  slotRetainedPercent: rising(10, 25),
  slotInactiveSec: rising(1_800, DAY_SEC),
  xidAge: rising(500_000_000, 1_000_000_000),
  multixactPercent: rising(20, 40),
  freezePercent: rising(110, 125),
  xminHorizonAge: rising(1_000_000, 10_000_000),
  preparedTransactionSec: rising(300, 3_600),
  walDirPercent: rising(150, 300),
  walRatePercent: rising(300, 1_000),
  connectionsPercent: rising(75, 90),
  sequencePercent: rising(70, 85),
  blockedSec: rising(60, 120),
  blockedSessions: rising(1, 5),
  idleInTransactionSec: rising(300, 900),
  longTransactionSec: rising(600, 3_600),
  commitPercent: falling(40, 10),
  memoryAvailablePercent: falling(15, 5),
  cpuPercent: rising(80, 95),
  diskDaysLeft: falling(7, 1),
  xidDaysLeft: falling(90, 14),
  multixactDaysLeft: falling(90, 14),
  sequenceDaysLeft: falling(90, 30),
  connectionDaysLeft: falling(7, 1),
  slotDaysLeft: falling(1, 0.25),
  certificateDaysLeft: falling(30, 7),
  secretDaysLeft: falling(0, -1),
  retentionDaysLeft: falling(3, 2),
  deadlocksPerMin: rising(1, 5),
  rollbackPercent: rising(10, 30),
  tempMiBPerMin: rising(1_024, 10_240),
  forcedCheckpointPercent: rising(50, 90),
  autovacuumBusyPercent: rising(90, 99),
  /** Times the table's own threshold of autovacuum. */
  deadTupleTimes: rising(2, 5),
  bloatPercent: rising(30, 60),
  cacheHitPercent: falling(95, 0),
  clockSkewSec: rising(0.5, 5),
  checksumFailures: rising(0, 0),
});
export type HealthThresholds = z.output<typeof HealthThresholds>;
/** Name of one threshold. */
export type ThresholdName = keyof HealthThresholds;
