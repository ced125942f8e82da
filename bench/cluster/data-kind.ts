/** What the databases hold: pgbench's rows, which compress 13–20 times, or rows that do not. */
export const DATA_KINDS = ['pgbench', 'random'] as const;
/** One of {@link DATA_KINDS}. */
export type DataKind = (typeof DATA_KINDS)[number];
