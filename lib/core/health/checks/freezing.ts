import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Bool, MaybeText, Num, Text } from '../columns.ts';
import { above, blind, type Finding } from '../judgement.ts';
import type { ServerFacts } from '../known.ts';

const MOST = 5;
const LOOK =
  'SELECT datname, age(datfrozenxid), mxid_age(datminmxid), datconnlimit FROM pg_database ORDER BY 2 DESC';
const SOURCE =
  'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND';
/** Half of 2^32: an id is older than all others or newer. */
const MULTIXACT_IDS = 2 ** 31;
const MULTIXACT_MEMBERS = 2 ** 32;
/**
 * Members are stored by fours: their flags in 4 bytes, then 4 transaction ids.
 *
 * @see PostgreSQL MULTIXACT_MEMBERGROUP_SIZE, src/backend/access/transam/multixact.c
 */
const GROUP_BYTES = 20;
const GROUP_MEMBERS = 4;

/**
 * Share of the members from which on the server forces freezing for their sake, whatever their ids' age.
 *
 * @see PostgreSQL MULTIXACT_MEMBER_SAFE_THRESHOLD, src/backend/access/transam/multixact.c
 */
const SAFE_MEMBERS_PERCENT = 50;
/**
 * A DROP DATABASE that was interrupted leaves this: nobody may connect, no vacuum gets there, and the server leaves
 * the database out when it looks for the oldest.
 *
 * @see PostgreSQL DATCONNLIMIT_INVALID_DB, src/include/catalog/pg_database.h
 */
const HALF_DROPPED = 'datconnlimit = -2';
const COUNTED = `pg_database WHERE NOT (${HALF_DROPPED})`;

/** Below this age no table is worth being looked for among all: autovacuum itself waits as long, by default. */
const WORTH_A_LOOK = 200_000_000;

const Aged = z.object({ name: Text, age: Num });
const XidAged = Aged.extend({ table: MaybeText, isHalfDropped: Bool });
/** Of a TOAST table, the table that it belongs to. */
const TABLE = `
  CASE WHEN c.relkind = 't'
       THEN coalesce((SELECT 'TOAST of ' || o.oid::regclass FROM pg_class o WHERE o.reltoastrelid = c.oid),
                     c.oid::regclass::text)
       ELSE c.oid::regclass::text END`;

/** Checks of how far the server is from having no transaction ids left. */
export const FREEZING_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'A17',
    name: 'xid-age',
    tier: 'A',
    group: 'freezing',
    about: 'the oldest transaction that is not frozen is far from where the server refuses others',
    needs: 'nothing; tables are told of its own database alone',
    look: LOOK,
    source: SOURCE,
    query: () => `
      SELECT datname AS name, age(datfrozenxid) AS age, NULL AS "table", false AS "isHalfDropped"
        FROM (SELECT * FROM ${COUNTED} ORDER BY age(datfrozenxid) DESC, datname LIMIT ${MOST}) d
       UNION ALL
      SELECT ${TABLE}, age(c.relfrozenxid), 'table', false
        FROM (SELECT * FROM pg_class
               WHERE relkind IN ('r', 'm', 't') AND relfrozenxid <> '0'
                 AND (SELECT max(age(datfrozenxid)) FROM ${COUNTED}) > ${WORTH_A_LOOK}
               ORDER BY age(relfrozenxid) DESC, oid LIMIT ${MOST}) c
       UNION ALL
      (SELECT datname, 0, NULL, true FROM pg_database WHERE ${HALF_DROPPED} ORDER BY datname LIMIT ${MOST})`,
    row: XidAged,
    judge: (rows, { thresholds: { xidAge } }) => {
      const halfDropped = rows.filter(({ isHalfDropped }) => isHalfDropped);
      const oldest = rows
        .filter(({ isHalfDropped }) => !isHalfDropped)
        .toSorted((a, b) => b.age - a.age);
      const [first] = oldest;
      if (first === undefined) return blind('pg_database gave no row');
      const byAge = above(first.age, xidAge);
      return {
        standing: byAge === 'ok' && halfDropped.length > 0 ? 'warn' : byAge,
        says: `${millions(first.age)} transactions since the oldest that is not frozen`,
        values: { [Metric.XID_AGE]: first.age },
        findings: [
          ...(byAge === 'ok' ? [] : oldest.map(oldFinding)),
          ...halfDropped.map(halfFinding),
        ],
      };
    },
  }),
  serverCheck({
    id: 'A18',
    name: 'multixacts',
    tier: 'A',
    group: 'freezing',
    about: 'multixact ids and their members are far from used up',
    needs: 'function holdfast.multixact_members',
    look: `${LOOK.replace('2 DESC', '3 DESC')}; SELECT * FROM holdfast.multixact_members()`,
    source:
      'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND',
    query: ({ functions }) =>
      functions.has('multixact_members')
        ? `SELECT datname AS name, mxid_age(datminmxid) AS age,
                  (SELECT member_bytes FROM holdfast.multixact_members()) AS "memberBytes"
             FROM ${COUNTED} ORDER BY age DESC, datname LIMIT ${MOST}`
        : blind('holdfast.multixact_members is missing: run "holdfast init"'),
    row: Aged.extend({ memberBytes: Num }),
    judge: (rows, { server, thresholds: { multixactPercent } }) => {
      const [first] = rows;
      if (first === undefined) return blind('pg_database gave no row');
      const ids = (100 * first.age) / MULTIXACT_IDS;
      const members = (100 * memberCount(first.memberBytes, server)) / MULTIXACT_MEMBERS;
      const percent = Math.max(ids, pressingMembers(members));
      const standing = above(percent, multixactPercent);
      return {
        standing,
        says: `${ids.toFixed(1)} % of multixact ids and ${members.toFixed(1)} % of their members in use`,
        values: { [Metric.MULTIXACT_PERCENT]: percent },
        ...(standing !== 'ok' && {
          findings: rows.map(({ name, age }) => ({
            subject: `database ${name}`,
            says: `${millions(age)} multixacts old`,
          })),
        }),
      };
    },
  }),
  serverCheck({
    id: 'A19',
    name: 'freeze-behind',
    tier: 'A',
    group: 'freezing',
    about: 'autovacuum freezes tables before it is late',
    needs: 'nothing; limits of single tables are known of its own database alone',
    look: `SELECT oid::regclass, age(relfrozenxid), reloptions FROM pg_class WHERE relkind IN ('r', 'm', 't') ORDER BY 2 DESC LIMIT 20`,
    source:
      'https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-FREEZE-MAX-AGE',
    query: ({ settings }) => {
      const xids = settings.get('autovacuum_freeze_max_age');
      const multixacts = settings.get('autovacuum_multixact_freeze_max_age');
      if (xids === undefined || multixacts === undefined) {
        return blind('the server does not say its autovacuum_freeze_max_age');
      }
      // A table's own limit counts where it is below the server's.
      return `
        (SELECT 'database ' || datname AS name,
                100 * greatest(age(datfrozenxid)::float8 / ${xids},
                               mxid_age(datminmxid)::float8 / ${multixacts}) AS age
           FROM ${COUNTED} ORDER BY age DESC, datname LIMIT ${MOST})
         UNION ALL
        (SELECT 'table ' || ${TABLE}, c.age
           FROM (SELECT r.oid, r.relkind, 100 * greatest(
                          age(r.relfrozenxid)::float8 / nullif(least(${xids}, o.xids), 0),
                          mxid_age(r.relminmxid)::float8 / nullif(least(${multixacts}, o.multixacts), 0)) AS age
                   FROM pg_class r
                  CROSS JOIN LATERAL (
                    SELECT min(option_value::float8) FILTER (WHERE option_name = 'autovacuum_freeze_max_age') AS xids,
                           min(option_value::float8) FILTER (WHERE option_name = 'autovacuum_multixact_freeze_max_age') AS multixacts
                      FROM pg_options_to_table(r.reloptions)) o
                  WHERE r.relkind IN ('r', 'm', 't') AND r.relfrozenxid <> '0'
                    AND r.reloptions::text ~ 'freeze_max_age'
                  ORDER BY age DESC, oid LIMIT ${MOST}) c)`;
    },
    row: Aged,
    judge: (rows, { thresholds: { freezePercent } }) => {
      const oldest = rows.toSorted((a, b) => b.age - a.age);
      const [first] = oldest;
      if (first === undefined) return blind('pg_database gave no row');
      return {
        standing: above(first.age, freezePercent),
        says: `${first.name} is at ${Math.round(first.age)} % of the age at which autovacuum must freeze it`,
        values: { [Metric.FREEZE_PERCENT]: first.age },
        findings: oldest.filter(({ age }) => age > freezePercent.warn).map(lateFinding),
      };
    },
  }),
];

function lateFinding({ name, age }: z.output<typeof Aged>): Finding {
  return { subject: name, says: `at ${Math.round(age)} %` };
}

function oldFinding({ name, age, table }: z.output<typeof XidAged>): Finding {
  return {
    subject: `${table ?? 'database'} ${name}`,
    says: `${millions(age)} transactions old`,
  };
}

function halfFinding({ name }: z.output<typeof XidAged>): Finding {
  return {
    subject: `database ${name}`,
    says: 'its DROP DATABASE was interrupted, and nobody can connect: drop it again',
  };
}

/** Up to the half is ordinary; from there on to all that there are is the scale that the ids have. */
function pressingMembers(percent: number): number {
  return Math.max(0, (100 * (percent - SAFE_MEMBERS_PERCENT)) / (100 - SAFE_MEMBERS_PERCENT));
}

function memberCount(memberBytes: number, { settings }: ServerFacts): number {
  const pageBytes = Number(settings.get('block_size') ?? 8_192);
  return (memberBytes / pageBytes) * Math.floor(pageBytes / GROUP_BYTES) * GROUP_MEMBERS;
}

function millions(amount: number): string {
  return amount < 1_000_000 ? String(amount) : `${(amount / 1_000_000).toFixed(1)} million`;
}
