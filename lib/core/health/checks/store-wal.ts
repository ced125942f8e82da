import { Metric } from '../../contract/metrics.ts';
import { ok, page } from '../judgement.ts';
import { probeCheck } from '../probe-facts.ts';

/** Whether what PostgreSQL was told is archived can be had: an archive_command's success is only its word. */
export const STORE_WAL_CHECKS = [
  probeCheck({
    id: 'A5',
    name: 'wal-not-in-store',
    tier: 'A',
    group: 'archiving',
    about: 'the segment that PostgreSQL says was archived last is in the store',
    needs: 'pg_monitor; to list the store',
    look: 'holdfast status',
    source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
    fact: 'lastArchived',
    judge: (last) => {
      if (last === undefined || last.isStored) {
        return ok(last === undefined ? 'nothing was archived yet' : `${last.name} is stored`, {
          values: { [Metric.WAL_MISSING_IN_STORE]: 0 },
        });
      }
      return page(`${last.name} is archived, says PostgreSQL, and is not in the store`, {
        values: { [Metric.WAL_MISSING_IN_STORE]: 1 },
      });
    },
  }),
];
