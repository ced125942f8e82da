import type { CheckAbout, SqlCheck } from './check.ts';
import { ACCESS_CHECKS } from './checks/access.ts';
import { ARCHIVER_CHECKS } from './checks/archiver.ts';
import { AVAILABILITY_CHECKS, REACHABLE_CHECKS } from './checks/availability.ts';
import { BLOAT_CHECKS } from './checks/bloat.ts';
import { BLOCKED_CHECKS } from './checks/blocked.ts';
import { CHECKPOINT_CHECKS } from './checks/checkpoints.ts';
import { CLOCK_CHECKS } from './checks/clock.ts';
import { CONNECTION_CHECKS } from './checks/connections.ts';
import { DEAD_ROW_CHECKS } from './checks/dead-rows.ts';
import { DISK_CHECKS } from './checks/disk.ts';
import { DURABILITY_CHECKS } from './checks/durability.ts';
import { FREEZING_CHECKS } from './checks/freezing.ts';
import { HORIZON_CHECKS } from './checks/horizon.ts';
import { HOT_SPOT_CHECKS } from './checks/hot-spot.ts';
import { INDEX_CHECKS } from './checks/indexes.ts';
import { IO_CHECKS } from './checks/io.ts';
import { NUMBER_CHECKS } from './checks/numbers.ts';
import { PROBE_COST_CHECKS } from './checks/probe-cost.ts';
import { SCHEMA_CHECKS } from './checks/schema.ts';
import { SESSION_CHECKS } from './checks/sessions.ts';
import { SETTING_CHECKS } from './checks/settings.ts';
import { SLOT_CHECKS } from './checks/slots.ts';
import { STATEMENT_CHECKS } from './checks/statements.ts';
import { STATISTICS_CHECKS } from './checks/statistics.ts';
import { STORE_WAL_CHECKS } from './checks/store-wal.ts';
import { SUBSCRIPTION_CHECKS } from './checks/subscriptions.ts';
import { TRUST_CHECKS } from './checks/trust.ts';
import { VACUUM_CHECKS } from './checks/vacuum.ts';
import { VERSION_CHECKS } from './checks/versions.ts';
import { WORKLOAD_CHECKS } from './checks/workload.ts';
import { ESTATE_CHECKS } from './estate-checks.ts';
import type { FactCheck } from './fact-check.ts';
import type { ProbeKnown } from './probe-facts.ts';
import type { ProbeChecks } from './probe-run.ts';
import { compareIds } from './report.ts';

/** Checks that SQL answers; what could lose data first, so that a run that is cut short has seen it. */
export const SQL_CHECKS: readonly SqlCheck[] = [
  ...ACCESS_CHECKS,
  ...ARCHIVER_CHECKS,
  ...AVAILABILITY_CHECKS,
  ...BLOAT_CHECKS,
  ...BLOCKED_CHECKS,
  ...CHECKPOINT_CHECKS,
  ...CONNECTION_CHECKS,
  ...DEAD_ROW_CHECKS,
  ...DISK_CHECKS,
  ...DURABILITY_CHECKS,
  ...FREEZING_CHECKS,
  ...HORIZON_CHECKS,
  ...HOT_SPOT_CHECKS,
  ...INDEX_CHECKS,
  ...IO_CHECKS,
  ...NUMBER_CHECKS,
  ...SCHEMA_CHECKS,
  ...SESSION_CHECKS,
  ...SETTING_CHECKS,
  ...SLOT_CHECKS,
  ...STATEMENT_CHECKS,
  ...STATISTICS_CHECKS,
  ...SUBSCRIPTION_CHECKS,
  ...VACUUM_CHECKS,
  ...VERSION_CHECKS,
  ...WORKLOAD_CHECKS,
].toSorted((a, b) => compareIds(a.id, b.id));

/** Checks of what the probe of the database learns otherwise. */
export const PROBE_CHECKS: readonly FactCheck<ProbeKnown>[] = [
  ...REACHABLE_CHECKS,
  ...CLOCK_CHECKS,
  ...PROBE_COST_CHECKS,
  ...STORE_WAL_CHECKS,
  ...TRUST_CHECKS,
];

/** All that the probe of the database looks at. */
export const DATABASE_CHECKS: ProbeChecks = { sql: SQL_CHECKS, facts: PROBE_CHECKS };

/** Every check there is. */
export const ALL_CHECKS: readonly CheckAbout[] = [...SQL_CHECKS, ...PROBE_CHECKS, ...ESTATE_CHECKS];
