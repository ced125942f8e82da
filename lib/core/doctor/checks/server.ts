import { type Check, fail, ok, skip, warn } from '../check.ts';
import { count } from '../amounts.ts';
import type { ClockOffset } from '../facts.ts';
import { identifier, initCommand, statement, word } from '../fixes.ts';

const OLDEST_MAJOR = 15;
const NEWEST_MAJOR = 18;
/** A target given as a time means the server's clock; S3 refuses requests from 15 minutes on. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 60_000;
const NTP = 'timedatectl set-ntp true; timedatectl timesync-status';

/** The running server. */
export const SERVER_CHECKS: readonly Check[] = [
  {
    id: 'server-reachable',
    area: 'server',
    about: 'it answers, and lets this role in',
    judge: (see) => ok(`PostgreSQL ${see('server').serverVersion}, as ${see('session').user}`),
  },
  {
    id: 'server-version',
    area: 'server',
    about: `it is of a version that Holdfast is tested with, ${OLDEST_MAJOR} to ${NEWEST_MAJOR}`,
    judge: (see) => {
      const { major, serverVersion } = see('server');
      if (major < OLDEST_MAJOR)
        return fail(serverVersion, `pg_upgrade --help  # to ${NEWEST_MAJOR}`);
      if (major <= NEWEST_MAJOR) return ok(serverVersion);
      return warn(
        serverVersion,
        'holdfast --version  # use one whose README names this PostgreSQL',
      );
    },
  },
  {
    id: 'server-role',
    area: 'server',
    about: 'it is a primary: only that one archives',
    judge: (see) => {
      const { inRecovery, timeline } = see('server');
      if (!inRecovery) return ok(`primary on timeline ${timeline}`);
      return warn('a standby, or in recovery', 'export PGHOST=the-primary.example  # its name');
    },
  },
  {
    id: 'server-rights',
    area: 'server',
    about: 'this role may see statistics, and take base backups',
    judge: (see) => {
      const { user, isSuperuser, isMonitor, mayReplicate, maySwitchWal } = see('session');
      if (isSuperuser) return ok(`${user} is a superuser`);
      const rights = [
        { name: 'pg_monitor', has: isMonitor, grant: 'GRANT pg_monitor TO' },
        { name: 'REPLICATION', has: mayReplicate, grant: 'ALTER ROLE', attribute: ' REPLICATION' },
        {
          name: 'pg_switch_wal()',
          has: maySwitchWal,
          grant: 'GRANT EXECUTE ON FUNCTION pg_switch_wal() TO',
        },
      ];
      const lacks = rights.filter(({ has }) => !has);
      if (lacks.length === 0) return ok(`${user}: ${rights.map(({ name }) => name).join(', ')}`);
      const grants = lacks.map(({ grant, attribute = '' }) =>
        statement(`${grant} ${identifier(user)}${attribute}`),
      );
      return fail(
        `${user} lacks ${lacks.map(({ name }) => name).join(' and ')}`,
        `psql -U postgres ${grants.join(' ')}`,
      );
    },
  },
  {
    id: 'server-tls',
    area: 'server',
    about: 'what leaves the machine is encrypted',
    judge: (see) => {
      const { isEncrypted, isLocal } = see('session');
      if (isEncrypted) return ok('TLS');
      if (isLocal) return ok('not over the network');
      return warn('plain text over the network', 'export PGSSLMODE=verify-full');
    },
  },
  {
    id: 'server-clock',
    area: 'server',
    about: "its clock agrees with this machine's",
    judge: (see) => judgeClock(see('serverClock')),
  },
  {
    id: 'server-roles',
    area: 'server',
    about: 'the roles that init makes are there, with their rights',
    judge: (see) => {
      const roles = new Map(see('roles').map((role) => [role.name, role]));
      const backup = roles.get('holdfast_backup');
      const monitor = roles.get('holdfast_monitor');
      const faults = [
        ...(backup === undefined ? ['holdfast_backup is missing'] : []),
        ...(monitor === undefined ? ['holdfast_monitor is missing'] : []),
        ...(backup?.mayReplicate === false ? ['holdfast_backup lacks REPLICATION'] : []),
        ...(backup?.maySwitchWal === false ? ['holdfast_backup may not switch WAL'] : []),
        ...[backup, monitor].flatMap((role) =>
          role === undefined || (role.isMonitor && role.mayLogin)
            ? []
            : [`${role.name} lacks LOGIN or pg_monitor`],
        ),
      ];
      if (faults.length === 0) return ok(count(roles.size, 'role'));
      return fail(faults.join('; '), initCommand(see('given')));
    },
  },
  {
    id: 'heartbeat-table',
    area: 'server',
    about: 'the heartbeat table is there, by which a drill measures what would be lost',
    judge: (see) =>
      see('heartbeat')
        ? ok('holdfast.heartbeat')
        : fail('there is no holdfast.heartbeat', initCommand(see('given'))),
  },
  {
    id: 'configuration-errors',
    area: 'server',
    about: 'the server could be restarted: it can use every line of its configuration',
    judge: (see) => {
      const { user, isSuperuser } = see('session');
      if (!isSuperuser) return skip(`${user} may not see the files: look as a superuser`);
      const [first, ...others] = see('configurationErrors');
      if (first === undefined) return ok('no faulty line');
      const more = others.length === 0 ? '' : `, and ${others.length} more`;
      return fail(
        `${first.file} line ${first.line}: ${first.error}${more}`,
        `"\${EDITOR:-vi}" +${first.line} ${word(first.file)}  # then psql -c "SELECT pg_reload_conf()"`,
      );
    },
  },
];

/** What a clock's offset means, whosever clock it is. */
export function judgeClock({ aheadMs, uncertaintyMs }: ClockOffset): ReturnType<Check['judge']> {
  const side = aheadMs < 0 ? 'behind' : 'ahead';
  const saw = `${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${side}`;
  // Only what is certain counts.
  const least = Math.abs(aheadMs) - uncertaintyMs;
  if (least > CLOCK_FAIL_MS) return fail(saw, NTP);
  if (least > CLOCK_WARN_MS) return warn(saw, NTP);
  if (uncertaintyMs > CLOCK_FAIL_MS) return skip(`the answer took too long to tell`);
  return ok(`within ${Math.max(1, Math.ceil((Math.abs(aheadMs) + uncertaintyMs) / 1_000))} s`);
}
