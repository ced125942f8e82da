import type { CheckAbout, SqlCheck } from './check.ts';
import { ARCHIVER_CHECKS } from './checks/archiver.ts';
import type { FactCheck } from './fact-check.ts';
import type { ProbeKnown } from './probe-facts.ts';

/** Checks that SQL answers, by tier and number within each list. */
export const SQL_CHECKS: readonly SqlCheck[] = [...ARCHIVER_CHECKS];

/** Checks of what the probe of the database learns otherwise. */
export const PROBE_CHECKS: readonly FactCheck<ProbeKnown>[] = [];

/** Checks of what surrounds the database. */
export const ESTATE_CHECKS: readonly CheckAbout[] = [];

/** Every check there is. */
export const ALL_CHECKS: readonly CheckAbout[] = [...SQL_CHECKS, ...PROBE_CHECKS, ...ESTATE_CHECKS];
