import type { PoolerConfig } from '../../config/host-config.ts';
import { POOLER_PORT, POSTGRES_PORT } from '../../contract/deployed-names.ts';
import { Pooler, PoolerFile } from '../../contract/pooler.ts';
import { connectionValue, iniLine } from './pooler-quoting.ts';

const TLS = '/etc/holdfast/tls';
const LOGIN_QUERY = 'SELECT usename, passwd FROM holdfast.pooler_login($1)';

/**
 * Text of pgbouncer.ini: every database of the one server, shared by transaction. Whatever is not
 * named has PgBouncer's default. It has no unix socket, where who runs under its account would be let
 * into the console as its administrator without a password.
 *
 * @see https://www.pgbouncer.org/config.html with `#` and the name of a setting
 */
export function poolerConfig(pooler: PoolerConfig): string {
  const sections = [
    ['[databases]', iniLine('*', serverOf())],
    ['[pgbouncer]', ...settingsOf(pooler).map(([name, value]) => iniLine(name, value))],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function serverOf(): string {
  return `host=${connectionValue(Pooler.SERVER_NAME)} port=${POSTGRES_PORT}`;
}

type Setting = readonly [name: string, value: string | number];

function settingsOf(pooler: PoolerConfig): readonly Setting[] {
  return [
    ...CLIENTS,
    ...TLS_BOTH_WAYS,
    ...LOGINS,
    ...CONSOLE,
    ...poolsOf(pooler),
    ...SERVER,
    ...LOG,
  ];
}

const CLIENTS: readonly Setting[] = [
  ['listen_addr', '0.0.0.0'],
  ['listen_port', POOLER_PORT],
  ['unix_socket_dir', ''],
  // Sent by pgjdbc and lib/pq at each start; since PostgreSQL 12 every value above 0 means the same.
  // Any other that it cannot follow is refused: to ignore a search_path or a timeout that a client
  // asked for would be worse.
  ['ignore_startup_parameters', 'extra_float_digits'],
  // A client that is gone without a word holds what it has for two minutes, not for as many hours.
  ['tcp_keepidle', 60],
  ['tcp_keepintvl', 10],
  ['tcp_keepcnt', 6],
];

const TLS_BOTH_WAYS: readonly Setting[] = [
  ['client_tls_sslmode', 'require'],
  ['client_tls_key_file', `${TLS}/server.key`],
  ['client_tls_cert_file', `${TLS}/server.crt`],
  ['server_tls_sslmode', 'verify-full'],
  ['server_tls_ca_file', `${TLS}/roots.pem`],
];

const LOGINS: readonly Setting[] = [
  ['auth_type', 'hba'],
  ['auth_hba_file', `${Pooler.DIRECTORY}/${PoolerFile.RULES}`],
  ['auth_file', `${Pooler.DIRECTORY}/${PoolerFile.USERS}`],
  ['auth_user', Pooler.LOGIN_ROLE],
  // Else the query would run in whatever database is asked for, and none but this has the function.
  ['auth_dbname', Pooler.LOGIN_DATABASE],
  ['auth_query', LOGIN_QUERY],
];

/** Nobody administrates it. */
const CONSOLE: readonly Setting[] = [['stats_users', Pooler.STATS_USER]];

function poolsOf({ poolSize, reservePoolSize, maxClients }: PoolerConfig): readonly Setting[] {
  return [
    ['pool_mode', 'transaction'],
    ['default_pool_size', poolSize],
    ['reserve_pool_size', reservePoolSize],
    ['max_client_conn', maxClients],
    // Statements that drivers prepare work although transactions change connections. 0 until 1.24.
    ['max_prepared_statements', 200],
  ];
}

/** The server's container has another address after each start, and none between. */
const SERVER: readonly Setting[] = [
  ['dns_max_ttl', 1],
  ['dns_nxdomain_ttl', 1],
  ['server_login_retry', 1],
];

/** Faults only: clients come and go all day, and what there is to count is a metric. */
const LOG: readonly Setting[] = [
  ['log_connections', 0],
  ['log_disconnections', 0],
  ['log_stats', 0],
];
