/** What the pooler, whatever renders its files and whatever asks it agree upon; imports nothing. */
export const Pooler = {
  /** Where its files are in a container. */
  DIRECTORY: '/etc/holdfast/pooler',
  /** Role of PostgreSQL as which it looks logins up. */
  LOGIN_ROLE: 'holdfast_pooler',
  /** Database in which it does, by `holdfast.pooler_login(name text)`. */
  LOGIN_DATABASE: 'postgres',
  /** Name of its console, which looks like a database. */
  CONSOLE: 'pgbouncer',
  /** Who may read at the console, and nothing else; no role of PostgreSQL. */
  STATS_USER: 'holdfast_stats',
  /** Name of the server on the network of the host's containers; its certificate has it. */
  SERVER_NAME: 'holdfast-postgres',
} as const;

/** Names of the pooler's files in its directory. */
export const PoolerFile = {
  CONFIG: 'pgbouncer.ini',
  USERS: 'userlist.txt',
  RULES: 'pg_hba.conf',
  /** Password of {@link Pooler.STATS_USER}, for what asks at the console; the pooler needs it not. */
  STATS_PASSWORD: 'stats-password',
} as const;
/** One of {@link PoolerFile}. */
export type PoolerFile = (typeof PoolerFile)[keyof typeof PoolerFile];
