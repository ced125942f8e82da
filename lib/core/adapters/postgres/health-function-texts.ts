/** A function without arguments, which gives rows that only a superuser may see. */
export interface HealthFunction {
  readonly name: string;
  /** What a row has, as `RETURNS TABLE` takes it. */
  readonly columns: string;
  /** One query, every relation and function in it with its schema. */
  readonly body: string;
}

/**
 * To learn where a sequence stands, the server has to open it, and keeps its lock until the transaction ends. So none
 * is opened whose end is beyond 2^53, which a million numbers a second would take 285 years to reach; and of the
 * others 2,000 at most, and no more than a tenth of the locks that all sessions share: first those that belong to no
 * table, then those of the tables with the most rows that are there, or were inserted. Of a domain over a domain no
 * limit is known.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 */
const SEQUENCE_USE = `
  WITH fed AS (
    SELECT s.seqrelid AS sequence, d.refobjid AS relation, d.refobjsubid AS number
      FROM pg_catalog.pg_sequence s
      JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid
     WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
     UNION
    SELECT s.seqrelid, f.adrelid, f.adnum
      FROM pg_catalog.pg_sequence s
      JOIN pg_catalog.pg_depend d
        ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.seqrelid
      JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
  ), fitting AS MATERIALIZED (
    SELECT fed.sequence, fed.relation, fed.number,
           CASE coalesce(nullif(t.typbasetype, 0), t.oid) WHEN 21 THEN 32767 WHEN 23 THEN 2147483647
           END AS most
      FROM fed
      JOIN pg_catalog.pg_attribute a ON a.attrelid = fed.relation AND a.attnum = fed.number
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  ), narrowest AS MATERIALIZED (
    SELECT sequence, min(most) AS most, max(relation) AS relation FROM fitting GROUP BY sequence
  ), ending AS MATERIALIZED (
    SELECT s.seqrelid, narrowest.most,
           s.seqincrement > 0 AS rising, s.seqstart AS first,
           CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS again,
           CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, narrowest.most)
                ELSE greatest(s.seqmin, -narrowest.most - 1) END AS limit_value,
           s.seqcycle AS cycles,
           CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END AS own_limit,
           narrowest.relation
      FROM pg_catalog.pg_sequence s
      LEFT JOIN narrowest ON narrowest.sequence = s.seqrelid
  ), chosen AS MATERIALIZED (
    SELECT e.*, n.nspname, c.relname
      FROM ending e
      JOIN pg_catalog.pg_class c ON c.oid = e.seqrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_class r ON r.oid = e.relation
     WHERE e.limit_value BETWEEN -9007199254740992 AND 9007199254740992
       AND NOT (e.cycles AND e.limit_value = e.own_limit)
       AND (c.relpersistence = 'p' OR (c.relpersistence = 'u' AND NOT pg_catalog.pg_is_in_recovery()))
     ORDER BY greatest(pg_catalog.pg_stat_get_tuples_inserted(r.oid), r.reltuples) DESC NULLS FIRST,
              e.seqrelid
     LIMIT least(2000, pg_catalog.current_setting('max_locks_per_transaction')::bigint
                       * pg_catalog.current_setting('max_connections')::bigint / 10)
  ), used AS (
    SELECT seqrelid, most, nspname, relname, limit_value, coalesce(last_value, first) AS last_value,
           CASE WHEN last_value IS NULL THEN 0
                WHEN (rising AND last_value >= limit_value)
                  OR (NOT rising AND last_value <= limit_value) THEN 100
                ELSE greatest(0, least(100, 100 * (last_value - origin) / nullif(limit_value - origin, 0)))
           END AS percent
      FROM (SELECT *, CASE WHEN (rising AND last_value < first) OR (NOT rising AND last_value > first)
                           THEN again ELSE first END::numeric AS origin
              FROM (SELECT *, pg_catalog.pg_sequence_last_value(seqrelid) AS last_value FROM chosen
                    OFFSET 0) AS read) AS begun
     ORDER BY percent DESC, nspname, relname
     LIMIT 10
  )
  SELECT pg_catalog.format('%I.%I', nspname, relname),
         coalesce((SELECT pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname)
                     FROM fitting f
                     JOIN pg_catalog.pg_class c ON c.oid = f.relation
                     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.number
                    WHERE f.sequence = used.seqrelid AND f.most IS NOT DISTINCT FROM used.most
                    ORDER BY 1 LIMIT 1), ''),
         last_value, limit_value, percent::float8
    FROM used
   ORDER BY percent DESC, nspname, relname`;

/** Secrets of LDAP and RADIUS are among the options. */
const ACCESS_RULES = `
  SELECT count(*) FILTER (WHERE auth_method = 'trust'),
         count(*) FILTER (WHERE error IS NOT NULL),
         pg_catalog.md5(coalesce(pg_catalog.string_agg(
           pg_catalog.concat_ws('|', type, database, user_name, address, netmask, auth_method,
             ARRAY(SELECT o FROM pg_catalog.unnest(options) AS o WHERE o !~ '^[a-z]*(passwd|secret)'),
             error), E'\\n' ORDER BY ordinality), ''))
    FROM pg_catalog.pg_hba_file_rules() WITH ORDINALITY`;

const MULTIXACT_MEMBERS = `
  SELECT coalesce(sum(f.size), 0)::bigint
    FROM pg_catalog.pg_ls_dir('pg_multixact/members') AS names (name),
         LATERAL pg_catalog.pg_stat_file('pg_multixact/members/' || names.name, true) AS f`;

const LOGINS = `
  SELECT rolname::text, rolsuper, rolpassword IS NOT NULL
    FROM pg_catalog.pg_authid
   WHERE rolcanlogin
   ORDER BY rolsuper DESC, rolpassword IS NOT NULL, rolname
   LIMIT 1000`;

/** What pg_monitor may not see: all but the bloat. */
export const HEALTH_FUNCTIONS: readonly HealthFunction[] = [
  {
    name: 'sequence_use',
    columns:
      'sequence text, column_name text, last_value bigint, limit_value bigint, used_percent float8',
    body: SEQUENCE_USE,
  },
  { name: 'multixact_members', columns: 'member_bytes bigint', body: MULTIXACT_MEMBERS },
  {
    name: 'access_rules',
    columns: 'trust_rules bigint, broken_rules bigint, digest text',
    body: ACCESS_RULES,
  },
  {
    name: 'logins',
    columns: 'role text, is_superuser boolean, has_password boolean',
    body: LOGINS,
  },
];
