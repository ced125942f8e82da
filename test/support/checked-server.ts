import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';
import type { SqlCheck } from '../../lib/core/health/check.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { Sample } from '../../lib/core/health/known.ts';
import { checkOf, type ProbeWorld } from './health-probe.ts';
import type { testServer } from './postgres-server.ts';
import { watchedServer, type WatchedServer } from './watched-server.ts';

/** A watched server, and the checks of a test file. */
export interface CheckedServer extends Omit<WatchedServer, 'probe'> {
  /** Runs a check as the monitoring role, or as another that may log in. */
  readonly probe: (id: string, world?: ProbeWorld, user?: string) => Promise<CheckResult>;
  /** Runs a statement, and is back when what it counts has been told: a session's end may come later. */
  readonly counted: (statement: string) => Promise<void>;
  /** Does something while nobody but a superuser may look at a relation of the catalogue. */
  readonly whileHidden: (relation: string, work: () => Promise<unknown>) => Promise<void>;
}

/** One for the whole test file. */
export function checkedServer(
  checks: readonly SqlCheck[],
  options: Parameters<typeof testServer>[0] = {},
): CheckedServer {
  const server = watchedServer(options);
  const { sql } = server;
  return {
    ...server,
    probe: async (id, world, user) => server.probe(checkOf(checks, id), world, user),
    counted: async (statement) => {
      const flush = 'SELECT pg_stat_force_next_flush()';
      const options = ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement, '-c', flush];
      await server.it().server.run('psql', options);
    },
    whileHidden: async (relation, work) => {
      await sql(`REVOKE ALL ON ${relation} FROM PUBLIC`);
      try {
        await work();
      } finally {
        await sql(`GRANT SELECT ON ${relation} TO PUBLIC`);
      }
    },
  };
}

/** What a run leaves to one that comes `sec` later. */
export function leftBy({ counters }: CheckResult, sec = 60): Sample {
  if (counters === undefined) throw new Error('it left no counters');
  return { at: new Date(Date.now() - sec * 1_000), counters };
}

/** The defaults, but for those named. */
export function thresholds(
  changed: Parameters<typeof HealthThresholds.parse>[0],
): HealthThresholds {
  return HealthThresholds.parse(changed);
}
