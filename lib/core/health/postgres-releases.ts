/** What is known of a major version. */
export interface PostgresRelease {
  /** The newest minor version when this table was last changed: a server may be newer. */
  readonly newestMinor: number;
  /** After this day nothing is fixed any more, as YYYY-MM-DD. */
  readonly endsOn: string;
}

/**
 * By major version. To be brought up to date with every release of PostgreSQL: of what it does not know it says nothing.
 *
 * @see https://www.postgresql.org/support/versioning/
 */
export const POSTGRES_RELEASES: Readonly<Record<number, PostgresRelease>> = {
  15: { newestMinor: 20, endsOn: '2027-11-11' },
  16: { newestMinor: 15, endsOn: '2028-11-09' },
  17: { newestMinor: 11, endsOn: '2029-11-08' },
  18: { newestMinor: 6, endsOn: '2030-11-14' },
};
