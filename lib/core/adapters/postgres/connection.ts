import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { z } from 'zod';
import { OpsError } from '../../errors/ops-error.ts';

/** libpq's ways of asking for TLS. */
export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const;
/** One of {@link SSL_MODES}. */
export type SslMode = (typeof SSL_MODES)[number];

/** Which server to speak to, and as whom. */
export interface ConnectionOptions {
  /** Name, address, or the directory of a unix socket (starts with a slash). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string | undefined;
  /** Ignored on a unix socket. @default 'prefer' */
  readonly sslMode?: SslMode | undefined;
  /** File of root certificates, or `system`. */
  readonly sslRootCert?: string | undefined;
  /** Root certificates themselves, in PEM, where no file can be; PostgreSQL's programs take none. */
  readonly sslRoots?: string | undefined;
}

/** What an operator may name on the command line instead. */
export type ConnectionOverrides = Partial<
  Pick<ConnectionOptions, 'host' | 'port' | 'user' | 'database'>
>;

const DEFAULT_PORT = 5432;
/** Where Debian's and where PostgreSQL's own builds put the socket. */
const SOCKET_DIRECTORIES = ['/var/run/postgresql', '/tmp'];

const text = z.string().min(1).optional().catch(undefined);
const LibpqEnvironment = z.object({
  PGHOST: text,
  PGPORT: z.coerce.number().int().min(1).max(65_535).default(DEFAULT_PORT),
  PGUSER: text,
  PGPASSWORD: text,
  PGDATABASE: text,
  PGSSLMODE: z.enum(SSL_MODES).default('prefer'),
  PGSSLROOTCERT: text,
});

/**
 * The connection that libpq's own environment variables describe, with `overrides` above them.
 * Without a host it is a unix socket in one of the usual directories, else localhost.
 *
 * @param exists - tells whether a path is there; only sockets are looked for.
 * @throws {@link OpsError} `CONFIG-INVALID` for a port or sslmode that libpq would refuse too.
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function readConnection(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: ConnectionOverrides = {},
  exists: (path: string) => boolean = existsSync,
): ConnectionOptions {
  const set = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  const parsed = LibpqEnvironment.safeParse(Object.fromEntries(set));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new OpsError('CONFIG-INVALID', `invalid connection settings: ${faults.join('; ')}`, {
      cause: parsed.error,
      hint: 'correct the environment variables named, or unset them',
    });
  }
  const env = parsed.data;
  const port = overrides.port ?? env.PGPORT;
  return {
    host: overrides.host ?? env.PGHOST ?? defaultHost(port, exists),
    port,
    user: overrides.user ?? env.PGUSER ?? userInfo().username,
    database: overrides.database ?? env.PGDATABASE ?? 'postgres',
    password: env.PGPASSWORD,
    sslMode: env.PGSSLMODE,
    sslRootCert: env.PGSSLROOTCERT,
  };
}

/** The same connection as variables for one of PostgreSQL's programs: the password stays out of its arguments. */
export function libpqEnvironment(connection: ConnectionOptions): Readonly<Record<string, string>> {
  const variables = {
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    PGDATABASE: connection.database,
    PGPASSWORD: connection.password,
    PGSSLMODE: connection.sslMode,
    PGSSLROOTCERT: connection.sslRootCert,
    PGAPPNAME: 'holdfast',
  };
  return Object.fromEntries(
    Object.entries(variables).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** Path of the socket below a directory that stands as the host. */
export function socketPath(directory: string, port: number): string {
  return `${directory}/.s.PGSQL.${port}`;
}

function defaultHost(port: number, exists: (path: string) => boolean): string {
  const directory = SOCKET_DIRECTORIES.find((candidate) => exists(socketPath(candidate, port)));
  return directory ?? 'localhost';
}
