/**
 * Where a host's files are in the image's roles: what the host's scripts mount there. Imports nothing.
 */

/** The data volume, whole. */
export const VOLUME = '/var/lib/holdfast/volume';

/** What PostgreSQL sees of the data volume. */
export const CLUSTER_DIRECTORY = '/var/lib/holdfast/data';

/** Name of the data directory in {@link CLUSTER_DIRECTORY}, and in `cluster` on the volume. */
export const DATA_DIRECTORY_NAME = 'pgdata';

/** Where agent and archive script meet. */
export const SPOOL = '/var/lib/holdfast/spool';

/** Directory of PostgreSQL's socket. */
export const SOCKETS = '/run/postgresql';

/** Directory of the server's certificate and key, and of the certificates that sign them. */
export const TLS_DIRECTORY = '/etc/holdfast/tls';

/** Directory of PostgreSQL's configuration. */
export const POSTGRES_DIRECTORY = '/etc/holdfast/postgres';
