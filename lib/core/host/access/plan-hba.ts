import type { HostConfig } from '../../config/host-config.ts';
import { DatabaseRole } from '../../contract/deployed-names.ts';
import { Pooler } from '../../contract/pooler.ts';

/** The files that say who may connect to a host's server. */
export interface AccessFiles {
  readonly hba: string;
  readonly ident: string;
}

const SUPERUSER = 'postgres';
/** PostgreSQL's own word for the networks that its container is in: the pooler's. */
const SAME_NETWORK = 'samenet';

/**
 * Text of pg_hba.conf and pg_ident.conf. The first rule that fits decides, so that each role of
 * Holdfast's own is let in from where it comes and then refused from anywhere else, before the rules
 * for clients could let it in.
 *
 * @param poolerNetwork - where the pooler connects from.
 * @see https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 */
export function planHba(
  { clientCidrs, taskCidrs }: Pick<HostConfig, 'clientCidrs' | 'taskCidrs'>,
  poolerNetwork = SAME_NETWORK,
): AccessFiles {
  const { BACKUP, MONITOR } = DatabaseRole;
  const rules = [
    rule('local', 'all,replication', SUPERUSER, '', 'peer'),
    rule('host', 'all,replication', SUPERUSER, 'all', 'reject'),
    ...taskCidrs.flatMap((cidr) => [
      rule('hostssl', 'all,replication', BACKUP, cidr, 'scram-sha-256'),
      rule('hostssl', 'all', MONITOR, cidr, 'scram-sha-256'),
    ]),
    rule('hostssl', 'all', Pooler.LOGIN_ROLE, poolerNetwork, 'scram-sha-256'),
    rule('host', 'all,replication', `${BACKUP},${MONITOR},${Pooler.LOGIN_ROLE}`, 'all', 'reject'),
    ...[...clientCidrs, poolerNetwork].map((address) =>
      rule('hostssl', 'all', 'all', address, 'scram-sha-256'),
    ),
  ];
  return {
    hba: `# Written at every start of the host: changes are lost.\n${rules.join('')}`,
    // Peers are called what they are called; the file must be there all the same.
    ident: '# Written at every start of the host: nobody is mapped.\n',
  };
}

function rule(type: string, database: string, user: string, address: string, by: string): string {
  return `${[type, database, user, address, by].filter((field) => field !== '').join('\t')}\n`;
}
