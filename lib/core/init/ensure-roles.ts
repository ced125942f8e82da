import type { ClusterSetup } from '../ports/cluster-server.ts';
import type { CallOptions } from '../ports/object-store.ts';

/** By which checks look. */
export const MONITOR = 'holdfast_monitor';

/**
 * Roles that `init` creates, without passwords: how they log in is the operator's to say. A base backup
 * ends segments, to prove that they are archived. A monitor must not fill the disk that it watches, nor go
 * on when nobody waits for it any more: the first of these limits no role can give itself.
 */
export const ROLES = [
  {
    name: 'holdfast_backup',
    replication: true,
    memberOf: ['pg_monitor'],
    mayCall: ['pg_switch_wal()'],
  },
  {
    name: MONITOR,
    replication: false,
    memberOf: ['pg_monitor'],
    mayCall: [],
    settings: { temp_file_limit: '64MB', statement_timeout: '30s' },
  },
] as const;

/** Since this version every role may change its own password, so that it can be rotated. */
const OWN_PASSWORDS_SINCE = 16;

/** Creates the roles, and on an older server what a rotation of their passwords takes. */
export async function ensureRoles(
  setup: ClusterSetup,
  major: number,
  options: CallOptions,
): Promise<void> {
  for (const { name, ...role } of ROLES) await setup.ensureRole(name, role, options);
  if (major >= OWN_PASSWORDS_SINCE) return;
  for (const { name, replication } of ROLES) {
    if (replication) await setup.ensurePasswordFunction(name, options);
  }
}

/** What {@link ensureRoles} would create. */
export async function missingRoles(
  setup: ClusterSetup,
  major: number,
  options: CallOptions,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { name } of ROLES) {
    if (!(await setup.hasRole(name, options))) missing.push(`role ${name}`);
  }
  const lacksFunction = major < OWN_PASSWORDS_SINCE && !(await setup.hasPasswordFunction(options));
  return lacksFunction ? [...missing, 'function holdfast.change_own_password'] : missing;
}
