import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type ServerCheck, serverCheck } from '../check.ts';
import { Num, Text } from '../columns.ts';
import { blind, type Finding, ok, warn } from '../judgement.ts';

const MOST_ROLES = 9;
const Row = z.object({ superusers: Text.array(), passwordless: Num, trustRules: Num });

/** Checks of who gets in. */
export const ACCESS_CHECKS: readonly ServerCheck[] = [
  serverCheck({
    id: 'D4',
    name: 'access',
    tier: 'D',
    group: 'settings',
    about: 'nobody is let in by a name alone, and only the owner of the cluster is a superuser',
    needs: 'holdfast.logins() and holdfast.access_rules(): pg_monitor sees neither',
    look: 'SELECT * FROM holdfast.logins(); SELECT * FROM pg_hba_file_rules',
    source: 'https://www.postgresql.org/docs/current/auth-trust.html',
    everyMinutes: 5,
    atMinute: 3,
    // The owner made the cluster, and cannot be less than a superuser. Who has no password is no fault where other
    // ways lead in, such as peer or a certificate; with a rule of trust it is who gets in with nothing.
    query: ({ functions }) =>
      functions.has('logins') && functions.has('access_rules')
        ? `
      WITH login AS MATERIALIZED (SELECT role, is_superuser, has_password FROM holdfast.logins())
      SELECT (SELECT coalesce(json_agg(s.role), '[]')
                FROM (SELECT role FROM login
                       WHERE is_superuser AND role NOT IN (SELECT rolname FROM pg_roles WHERE oid = 10)
                       ORDER BY role LIMIT ${MOST_ROLES}) s) AS superusers,
             (SELECT count(*) FROM login WHERE NOT has_password) AS passwordless,
             (SELECT trust_rules FROM holdfast.access_rules()) AS "trustRules"`
        : blind('holdfast.logins() or holdfast.access_rules() is missing: run "holdfast init"'),
    row: Row,
    judge: ([row]) => {
      if (row === undefined) return blind('holdfast.logins() gave no row');
      const findings = toFindings(row);
      const [first] = findings;
      if (first === undefined) {
        return ok('one superuser, and no trust', { values: { [Metric.SETTINGS_TROUBLES]: 0 } });
      }
      const values = { [Metric.SETTINGS_TROUBLES]: 1 };
      return warn(`${first.subject} ${first.says}`, { values, findings });
    },
  }),
];

function toFindings({
  superusers,
  passwordless,
  trustRules,
}: z.output<typeof Row>): readonly Finding[] {
  const without = passwordless > 0 ? `; ${count(passwordless, 'role')} without a password` : '';
  const trust = {
    subject: 'pg_hba.conf',
    says: `trusts names in ${count(trustRules, 'rule')}${without}`,
  };
  return [
    ...(trustRules > 0 ? [trust] : []),
    ...superusers.map((role) => ({ subject: role, says: 'is a superuser, and may log in' })),
  ];
}
