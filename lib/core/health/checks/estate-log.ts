import { count, span } from '../../doctor/amounts.ts';
import { leastValue, sumWithin } from '../estate/points.ts';
import { estateCheck, type EstateKnown, type EstateFacts } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, above, blind, type Judgement, ok, page, warn } from '../judgement.ts';

const HOUR_SEC = 3_600;
/** Vacuums of an hour that gave way: a few do on any busy table. */
const MANY_CANCELLED = 3;
const LOG_NEEDS = 'cloudwatch:GetMetricData; PostgreSQL’s log in CloudWatch, with %e in its prefix';
const SQLSTATES = 'https://www.postgresql.org/docs/current/errcodes-appendix.html';
type Newest = EstateFacts['newest'];

/**
 * Why it cannot be told what the log says. A filter counts what it finds and says nothing of a log without it; what
 * the agent tells goes the same way as PostgreSQL's log.
 */
function unlogged(newest: Newest, { hostGroup }: EstateKnown): Judgement | undefined {
  if (hostGroup === undefined) return absent('no host whose log is searched');
  const { CorruptionErrors, BackendsKilled, AutovacuumsCancelled, MemoryAvailablePercent } = newest;
  const lines = [CorruptionErrors, BackendsKilled, AutovacuumsCancelled, MemoryAvailablePercent];
  return lines.some((points = []) => points.length > 0)
    ? undefined
    : blind('nothing of the host’s log has come, not even the agent’s words');
}

/** Checks of what PostgreSQL's log and the host's memory say. */
export const LOG_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    id: 'A13',
    name: 'corruption-logged',
    tier: 'A',
    group: 'durability',
    about: 'PostgreSQL logs no error of corrupt data',
    needs: LOG_NEEDS,
    look: 'CloudWatch Logs, the host’s log: XX001, XX002',
    source: SQLSTATES,
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: (newest, known) => {
      const unseen = unlogged(newest, known);
      if (unseen !== undefined) return unseen;
      const errors = sumWithin(newest.CorruptionErrors, known.now, HOUR_SEC);
      const says = `${count(errors, 'error')} of corrupt data in ${span(HOUR_SEC)}`;
      return errors > 0 ? page(says) : ok(says);
    },
  }),
  estateCheck({
    id: 'B15',
    name: 'memory',
    tier: 'B',
    group: 'machine',
    about: 'programs can still have memory, and the kernel ends no process of PostgreSQL',
    needs: 'the agent’s metrics; PostgreSQL’s log in CloudWatch',
    look: 'free -m; dmesg | grep -i "killed process"',
    source: 'https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT',
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: ({ MemoryAvailablePercent, BackendsKilled }, { now, thresholds, hostGroup }) => {
      const killed = sumWithin(BackendsKilled, now, HOUR_SEC);
      if (killed > 0) return page(`${count(killed, 'process')} ended by a signal within an hour`);
      const percent = leastValue(MemoryAvailablePercent);
      if (percent === undefined) {
        return hostGroup === undefined
          ? absent('no host that the deployment names')
          : blind('the agent has not told of memory for 15 minutes');
      }
      const { warn: low, page: least } = thresholds.memoryAvailablePercent;
      const says = `${percent.toFixed(0)} % of memory can be had`;
      if (percent < least) return page(says);
      return percent < low ? warn(says) : ok(says);
    },
  }),
  estateCheck({
    id: 'C7',
    name: 'autovacuum-cancelled',
    tier: 'C',
    group: 'vacuum',
    about: 'autovacuum is not kept from its end by locks of others',
    needs: LOG_NEEDS,
    look: 'CloudWatch Logs, the host’s log: canceling autovacuum task',
    source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: (newest, known) => {
      const unseen = unlogged(newest, known);
      if (unseen !== undefined) return unseen;
      const cancelled = sumWithin(newest.AutovacuumsCancelled, known.now, HOUR_SEC);
      const standing = above(cancelled, { warn: MANY_CANCELLED, page: Number.POSITIVE_INFINITY });
      return { standing, says: `${count(cancelled, 'vacuum')} gave way within an hour` };
    },
  }),
];
