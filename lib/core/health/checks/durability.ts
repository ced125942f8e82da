import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { MaybeText, Num, Text } from '../columns.ts';
import { above, blind, page, ok, warn } from '../judgement.ts';

const MOST_FINDINGS = 10;

/** By each of these a crash, or a disk, can take what was committed, and nobody is told. */
const UNSAFE: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  archive_mode: 'off',
  zero_damaged_pages: 'on',
  ignore_checksum_failure: 'on',
  data_sync_retry: 'on',
};
/** Which of them a database or a role can have otherwise. */
const PER_ROLE = ['synchronous_commit', 'zero_damaged_pages', 'ignore_checksum_failure'];

/** Checks of whether what is committed stays, and is what was written. */
export const DURABILITY_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'A12',
    name: 'checksums',
    tier: 'A',
    group: 'durability',
    about: 'no page was read whose checksum is wrong',
    needs: 'checksums, as initdb --data-checksums makes them',
    look: 'SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database WHERE checksum_failures > 0',
    source: 'https://www.postgresql.org/docs/current/checksums.html',
    query: ({ settings }) =>
      settings.get('data_checksums') === 'off'
        ? warn('data_checksums is off: nobody would see a page that a disk has changed', {
            values: { [Metric.CHECKSUM_FAILURES]: 0 },
          })
        : // The row without a name is of what databases share. A page that is read again fails again.
          `SELECT coalesce(datname, '') AS database, checksum_failures AS failures,
                  coalesce(checksum_last_failure > now() - interval '1 day', false)::int AS fresh
             FROM pg_stat_database
            ORDER BY fresh DESC, checksum_failures DESC, datname
            LIMIT 50`,
    row: z.object({ database: Text, failures: Num, fresh: Num }),
    judge: (rows, { thresholds: { checksumFailures } }) => {
      if (rows.length === 0) return blind('pg_stat_database gave no row');
      const fresh = rows.filter((row) => row.fresh === 1);
      const failures = fresh.reduce((sum, row) => sum + row.failures, 0);
      return {
        standing: above(failures, checksumFailures),
        says: `${count(failures, 'failure')} where the last was within a day`,
        values: { [Metric.CHECKSUM_FAILURES]: failures },
        findings: fresh.slice(0, MOST_FINDINGS).map((row) => ({
          subject: row.database === '' ? 'what databases share' : row.database,
          says: count(row.failures, 'failure'),
        })),
      };
    },
  }),
  serverCheck({
    id: 'A14',
    name: 'unsafe-settings',
    tier: 'A',
    group: 'durability',
    about: 'no setting lets a crash lose what was committed',
    needs: 'nothing',
    look: `SELECT name, setting, source, sourcefile FROM pg_settings WHERE name IN (${Object.keys(
      UNSAFE,
    )
      .map((name) => `'${name}'`)
      .join(', ')})`,
    source: 'https://www.postgresql.org/docs/current/non-durability.html',
    // Its own session may have been given another value than all others.
    query: () => `
      SELECT s.name, s.reset_val AS setting, NULL AS role, NULL AS database
        FROM pg_settings s WHERE s.name IN (${quoted(Object.keys(UNSAFE))})
       UNION ALL
      SELECT split_part(c, '=', 1),
             CASE WHEN lower(split_part(c, '=', 2)) IN ('off', 'false', 'no', '0') THEN 'off'
                  WHEN lower(split_part(c, '=', 2)) IN ('on', 'true', 'yes', '1') THEN 'on'
                  ELSE split_part(c, '=', 2) END,
             coalesce(pg_get_userbyid(nullif(o.setrole, 0)), 'all roles'),
             coalesce(d.datname, 'all databases')
        FROM (SELECT * FROM pg_db_role_setting LIMIT 1000) o
        LEFT JOIN pg_database d ON d.oid = o.setdatabase
       CROSS JOIN unnest(o.setconfig) AS c
       WHERE split_part(c, '=', 1) IN (${quoted(PER_ROLE)})`,
    row: z.object({ name: Text, setting: Text, role: MaybeText, database: MaybeText }),
    judge: (rows) => {
      const own = rows.filter(({ role }) => role === null);
      const unseen = Object.keys(UNSAFE).filter((name) => own.every((row) => row.name !== name));
      if (unseen.length > 0) return blind(`the server does not say ${unseen.join(', ')}`);
      const unsafe = rows.filter(({ name, setting }) => UNSAFE[name] === setting);
      const everywhere = unsafe.filter(({ role }) => role === null);
      const judgement = {
        values: { [Metric.UNSAFE_SETTINGS]: everywhere.length },
        findings: unsafe.slice(0, MOST_FINDINGS).map(({ name, setting, role, database }) => ({
          subject: name,
          says: role === null ? setting : `${setting} for ${role} in ${database ?? ''}`,
        })),
      };
      if (everywhere.length > 0) {
        return page(
          everywhere.map(({ name, setting }) => `${name} = ${setting}`).join(', '),
          judgement,
        );
      }
      return unsafe.length > 0
        ? warn('unsafe for some roles or databases', judgement)
        : ok('all are safe', judgement);
    },
  }),
];

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
