import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type DatabaseCheck, databaseCheck, type InDatabase } from '../check.ts';
import { Text } from '../columns.ts';
import type { Finding } from '../judgement.ts';
import { POSTGRES_RELEASES } from '../postgres-releases.ts';

const MINORS_PER_MAJOR = 10_000;
const DAY_MS = 86_400_000;
/** An upgrade to the next major version wants to be planned and rehearsed. */
const NOTICE_DAYS = 180;
const MOST_EXTENSIONS = 10;
const Row = z.object({ name: Text, installed: Text, available: Text });

/** Checks of what is old. */
export const VERSION_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'D2',
    name: 'versions',
    tier: 'D',
    group: 'settings',
    about:
      'the server is of the newest minor version known and long supported, its extensions updated',
    needs: 'nothing but a login',
    look: 'SELECT name, installed_version, default_version FROM pg_available_extensions WHERE installed_version <> default_version',
    source: 'https://www.postgresql.org/support/versioning/',
    everyMinutes: 5,
    atMinute: 2,
    // Extensions that are not installed here have no installed version, and need none.
    query: () => `
      SELECT name, installed_version AS installed, default_version AS available
        FROM pg_available_extensions
       WHERE installed_version <> default_version
       ORDER BY name LIMIT ${MOST_EXTENSIONS}`,
    row: Row,
    judge: (rows, { server: { version }, now }) => {
      const findings = [...serverFindings(version, now), ...rows.map(toFinding)];
      const [first] = findings;
      return {
        standing: first === undefined ? 'ok' : 'warn',
        says: first === undefined ? `nothing newer is known` : `${first.subject}: ${first.says}`,
        values: { [Metric.SETTINGS_TROUBLES]: first === undefined ? 0 : 1 },
        findings: findings.slice(0, MOST_EXTENSIONS),
      };
    },
  }),
];

/** What is old about the server itself; of a major version that is not known, nothing. */
function serverFindings(version: number, now: Date): readonly Finding[] {
  const major = Math.floor(version / MINORS_PER_MAJOR);
  const minor = version % MINORS_PER_MAJOR;
  const release = POSTGRES_RELEASES[major];
  if (release === undefined) return [];
  const { newestMinor, endsOn } = release;
  const subject = `PostgreSQL ${major}.${minor}`;
  const daysLeft = (Date.parse(endsOn) - now.getTime()) / DAY_MS;
  return [
    ...(minor < newestMinor
      ? [{ subject, says: `${major}.${newestMinor} has its faults fixed` }]
      : []),
    ...(daysLeft < NOTICE_DAYS ? [{ subject, says: `no faults are fixed after ${endsOn}` }] : []),
  ];
}

function toFinding({
  database,
  name,
  installed,
  available,
}: InDatabase<z.output<typeof Row>>): Finding {
  return {
    subject: `${name} in ${database}`,
    says: `is ${installed}, and the server has the files of ${available}`,
  };
}
