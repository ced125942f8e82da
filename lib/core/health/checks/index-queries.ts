/**
 * Queries on indexes, for one database. None takes a lock on a table, as pg_relation_size and pg_get_expr do: a table
 * that somebody rebuilds would hold them up. Sizes are those that vacuum and ANALYZE left.
 */

const MOST = 100;
const SIZE = `c.relpages::bigint * current_setting('block_size')::int`;
/** Smaller ones cost next to nothing. */
const SOME_BYTES = 1024 ** 2;
/** Version that knows when an index was used last. */
const LAST_SCAN = 16;
const USERS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/**
 * Indexes without use, and since when the database counts: one row without an index where there is none. The counts
 * begin anew when somebody resets them, and after a crash, which only counts of the whole server remember.
 */
export function unused(major: number): string {
  const long = `OR pg_stat_get_lastscan(i.indexrelid) < now() - interval '30 days'`;
  return `
    SELECT since.since, found.index, coalesce(found.bytes, 0) AS bytes
      FROM (SELECT greatest(coalesce(d.stats_reset, '-infinity'),
                            coalesce(w.stats_reset, pg_postmaster_start_time())) AS since
              FROM pg_stat_database d, pg_stat_wal w WHERE d.datname = current_database()) since
      LEFT JOIN (
        SELECT format('%I.%I', n.nspname, c.relname) AS index, ${SIZE} AS bytes
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE (pg_stat_get_numscans(i.indexrelid) = 0 ${major >= LAST_SCAN ? long : ''})
           AND i.indisvalid AND ${SIZE} > ${SOME_BYTES} AND ${USERS}
           AND NOT (i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered)
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
         ORDER BY c.relpages DESC LIMIT ${MOST}) found ON true`;
}

/** Where an expression was written is in its text until 16. */
const placeless = (column: string): string =>
  `regexp_replace(coalesce(${column}::text, ''), ' :location -?[0-9]+', '', 'g')`;
const sameBeginning = (vector: string, type: string): string =>
  `(a.${vector}::${type}[])[0:a.indnkeyatts - 1] = (b.${vector}::${type}[])[0:a.indnkeyatts - 1]`;

/** Indexes whose work another one of the same table does as well; of two that are the same, the younger. */
export const REDUNDANT = `
  WITH keyed AS MATERIALIZED (
    SELECT i.*, n.nspname, c.relname, c.relam, ${SIZE} AS bytes,
           ${placeless('i.indexprs')} AS exprs, ${placeless('i.indpred')} AS pred,
           i.indisreplident OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
                                          AND k.contype IN ('p', 'u', 'x')) AS needed
      FROM pg_index i
      JOIN (SELECT indrelid FROM pg_index GROUP BY 1 HAVING count(*) > 1) many USING (indrelid)
      JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.indisvalid AND ${USERS})
  SELECT * FROM (
    SELECT DISTINCT ON (a.indexrelid)
           format('%I.%I', a.nspname, a.relname) AS index, format('%I.%I', b.nspname, b.relname) AS other,
           a.indnatts = b.indnatts AS same, a.bytes
      FROM keyed a
      JOIN keyed b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid AND b.relam = a.relam
     WHERE NOT a.needed
       AND (NOT a.indisunique OR (b.indisunique AND b.indnkeyatts = a.indnkeyatts
                                  AND b.indnullsnotdistinct = a.indnullsnotdistinct))
       AND a.pred = b.pred AND a.exprs = b.exprs
       AND (a.indnkeyatts = b.indnkeyatts
            OR (a.indnkeyatts < b.indnkeyatts AND a.exprs = ''
                AND a.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')))
       AND ${sameBeginning('indkey', 'int2')} AND ${sameBeginning('indclass', 'oid')}
       AND ${sameBeginning('indcollation', 'oid')} AND ${sameBeginning('indoption', 'int2')}
       AND (a.indkey::int2[])[a.indnkeyatts:] <@ b.indkey::int2[]
       AND NOT (a.indnatts = b.indnatts AND a.indnkeyatts = b.indnkeyatts AND a.indisunique = b.indisunique
                AND NOT b.needed AND a.indexrelid < b.indexrelid)
     ORDER BY a.indexrelid, b.indexrelid) found
   ORDER BY bytes DESC LIMIT ${MOST}`;

/** Indexes that are not valid and that nobody builds. That of a partitioned table is, until all partitions have theirs. */
export const INVALID = `
  SELECT format('%I.%I', n.nspname, c.relname) AS index, format('%I.%I', tn.nspname, t.relname) AS "table",
         i.indisready AS ready
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace tn ON tn.oid = t.relnamespace
   WHERE NOT i.indisvalid
     AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
                      WHERE p.datname = current_database()
                        AND (p.index_relid = i.indexrelid OR p.relid = i.indrelid))
   ORDER BY c.relpages DESC LIMIT ${MOST}`;
