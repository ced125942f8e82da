/** Names of the environment variables Holdfast reads; each is also an option of the command line. */
export const Env = {
  STORE: 'HOLDFAST_STORE',
  CLUSTER: 'HOLDFAST_CLUSTER',
  DATA_DIR: 'HOLDFAST_DATA_DIR',
  SPOOL: 'HOLDFAST_SPOOL',
  /** Key under which an S3 store encrypts what it is given. */
  KMS_KEY: 'HOLDFAST_KMS_KEY',
  /** Where PostgreSQL's programs are, before any other place is searched. */
  PGBIN: 'PGBIN',
} as const;
