import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { span } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num } from '../columns.ts';
import { absent, blind, ok, waiting, warn } from '../judgement.ts';
import { growth } from '../known.ts';

const EXTENSION = 'pg_stat_statements';
const DEALLOC = 'C18.dealloc';
/** When statements were last seen to be thrown out. */
const EVICTED_AT = 'C18.evictedAtSec';
/** They are thrown out a twentieth at a time, so that most minutes see none. */
const REMEMBERED_SEC = 3_600;

/** Checks of what is known of statements. */
export const STATEMENT_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'C18',
    name: 'statements-forgotten',
    tier: 'C',
    group: 'workload',
    about: 'pg_stat_statements has room for all statements that are run',
    needs:
      'the extension pg_stat_statements, loaded and created in the database that the probe is in',
    look: 'SELECT dealloc, stats_reset, (SELECT count(*) FROM pg_stat_statements(false)) FROM pg_stat_statements_info',
    source: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
    query: ({ settings, extensions }) => {
      const libraries = settings.get('shared_preload_libraries');
      if (libraries === undefined) return blind('shared_preload_libraries is not to be seen');
      if (!libraries.includes(EXTENSION)) return absent(`${EXTENSION} is not loaded`);
      if (!extensions.has(EXTENSION)) {
        return blind(
          `${EXTENSION} is loaded, but not created in the database that the probe is in`,
        );
      }
      // Which schema it is in is only known there, and the search path of a probe has none but the server's own.
      return `SELECT substring(query_to_xml(format('SELECT dealloc FROM %I.pg_stat_statements_info', n.nspname),
                                            false, false, '')::text FROM '<dealloc>([0-9]+)</dealloc>') AS dealloc
                FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
               WHERE e.extname = '${EXTENSION}'`;
    },
    row: z.object({ dealloc: Num }),
    judge: ([row], { now, before }) => {
      if (row === undefined) return blind(`${EXTENSION} gave no row`);
      const nowSec = now.getTime() / 1_000;
      const grown = growth(before, DEALLOC, row.dealloc);
      if (grown === undefined) return waiting({ [DEALLOC]: row.dealloc });
      const evictedAt = grown > 0 ? nowSec : before?.counters[EVICTED_AT];
      const counters = {
        [DEALLOC]: row.dealloc,
        ...(evictedAt !== undefined && { [EVICTED_AT]: evictedAt }),
      };
      if (evictedAt === undefined || nowSec - evictedAt > REMEMBERED_SEC) {
        return ok('none was thrown out', { values: { [Metric.WORKLOAD_TROUBLES]: 0 }, counters });
      }
      return warn(
        `statements were thrown out for want of room ${span(nowSec - evictedAt)} ago: what is said of statements has holes`,
        { values: { [Metric.WORKLOAD_TROUBLES]: 1 }, counters },
      );
    },
  }),
];
