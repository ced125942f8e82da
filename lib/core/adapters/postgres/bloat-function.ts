import type { HealthFunction } from './health-function-texts.ts';

/**
 * Estimates from the planner's statistics, which read no table. A table or index is left out where they would
 * be wrong: when a column was never analyzed, when an index is on an expression, and when its keys repeat,
 * because a btree then stores them once and is smaller than any estimate.
 *
 * Sizes: a tuple's header of 23 bytes and its bitmap of nulls, its data, both up to the next 8, and 4 bytes of
 * line pointer, on pages of which 24 bytes are header; of a btree's tuple 8 bytes are header, of its page 16
 * more are its own.
 *
 * @see https://www.postgresql.org/docs/current/storage-page-layout.html
 * @see https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION
 */
const BODY = `
  WITH page AS (
    SELECT pg_catalog.current_setting('block_size')::numeric AS size
  ), big AS MATERIALIZED (
    SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relpages, c.reltuples::numeric AS tuples,
           coalesce((SELECT o.option_value::numeric
                       FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                      WHERE o.option_name = 'fillfactor'),
                    CASE c.relkind WHEN 'i' THEN 90 ELSE 100 END) AS fill
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_am m ON m.oid = c.relam
     WHERE c.relkind IN ('r', 'm', 'i') AND m.amname IN ('heap', 'btree')
       AND c.relpersistence <> 't' AND c.relpages >= 128 AND c.reltuples >= 0
     ORDER BY c.relpages DESC, c.oid
     LIMIT 500
  ), estimates AS (
    SELECT big.*, page.size,
           big.relpages - wanted.more_pages - pg_catalog.ceil(big.tuples
             / greatest(1, pg_catalog.floor(
                 (page.size - wanted.page_bytes) * big.fill / 100 / wanted.tuple_bytes))) AS waste
      FROM big
     CROSS JOIN page
     CROSS JOIN LATERAL (
       SELECT count(*) = count(s.starelid) AS known,
              pg_catalog.ceil(sum((1 - s.stanullfrac) * s.stawidth)::numeric / 8) * 8
                + pg_catalog.ceil((23 + CASE WHEN max(s.stanullfrac) > 0 THEN (count(*) + 7) / 8
                                             ELSE 0 END)::numeric / 8) * 8 + 4 AS tuple_bytes,
              24 AS page_bytes, 0 AS more_pages
         FROM pg_catalog.pg_attribute a
         LEFT JOIN pg_catalog.pg_statistic s
           ON s.starelid = a.attrelid AND s.staattnum = a.attnum AND NOT s.stainherit
        WHERE big.relkind <> 'i' AND a.attrelid = big.oid AND a.attnum > 0 AND NOT a.attisdropped
       HAVING count(*) > 0
        UNION ALL
       SELECT count(*) = count(s.starelid)
                AND (bool_or(s.stadistinct <= -0.9 OR s.stadistinct >= 0.9 * nullif(big.tuples, 0))
                     OR bool_and(i.indisunique AND s.stanullfrac = 0)),
              pg_catalog.ceil(sum((1 - s.stanullfrac) * s.stawidth)::numeric / 8) * 8
                + CASE WHEN max(s.stanullfrac) > 0 THEN 16 ELSE 8 END + 4,
              40, 1
         FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) AS k (number)
         LEFT JOIN pg_catalog.pg_statistic s
           ON s.starelid = i.indrelid AND s.staattnum = k.number AND NOT s.stainherit
        WHERE big.relkind = 'i' AND i.indexrelid = big.oid AND i.indisvalid
       HAVING count(*) > 0) wanted
     WHERE wanted.known
  )
  SELECT pg_catalog.format('%I.%I', n.nspname, e.relname),
         CASE e.relkind WHEN 'i' THEN 'index' ELSE 'table' END,
         (e.relpages * e.size)::bigint,
         (greatest(0, e.waste) * e.size)::bigint,
         (100 * greatest(0, e.waste) / e.relpages)::float8
    FROM estimates e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.relnamespace
   ORDER BY 4 DESC, 1
   LIMIT 20`;

/** The largest estimates of air in the 500 largest tables and btree indexes of a database, above 1 MiB. */
export const BLOAT: HealthFunction = {
  name: 'bloat',
  columns: 'object text, kind text, bytes bigint, waste_bytes bigint, waste_percent float8',
  body: BODY,
};
