import { DatabaseRole } from '../../contract/deployed-names.ts';
import { Pooler } from '../../contract/pooler.ts';

/** Who else may never come this way; the lookup gives no superuser's verifier, whatever its name. */
const NEVER = ['postgres', Pooler.LOGIN_ROLE, Pooler.STATS_USER, ...Object.values(DatabaseRole)];
const METHOD = 'scram-sha-256';

/**
 * Text of the pooler's pg_hba.conf: the console is for one user and from its own network namespace
 * alone, databases are for clients by password and over TLS. The first line that fits decides.
 *
 * @param clientCidrs - addresses from which clients may connect.
 * @see https://www.pgbouncer.org/config.html#hba-file-format
 */
export function poolerRules(clientCidrs: readonly string[]): string {
  const lines = [
    `hostssl ${Pooler.CONSOLE} ${Pooler.STATS_USER} 127.0.0.1/32 ${METHOD}`,
    `host ${Pooler.CONSOLE} all all reject`,
    `host all ${NEVER.join(',')} all reject`,
    ...clientCidrs.map((cidr) => `hostssl all all ${cidr} ${METHOD}`),
  ];
  return `${lines.join('\n')}\n`;
}
