/** Names of the environment variables Holdfast reads; those of operators are also options of the command line. */
export const Env = {
  STORE: 'HOLDFAST_STORE',
  CLUSTER: 'HOLDFAST_CLUSTER',
  DATA_DIR: 'HOLDFAST_DATA_DIR',
  SPOOL: 'HOLDFAST_SPOOL',
  /** Key under which an S3 store encrypts what it is given. */
  KMS_KEY: 'HOLDFAST_KMS_KEY',
  /** Key that seals what is stored before it leaves this process: a KMS key, or the path of a key file. */
  ENVELOPE_KEY: 'HOLDFAST_ENVELOPE_KEY',
  /** `emf`: the agent prints metrics, as lines that CloudWatch Logs turns into metrics. */
  METRICS: 'HOLDFAST_METRICS',
  /** What tells the volume of the data directory from others, for who sees a mount of it alone. */
  VOLUME_ID: 'HOLDFAST_VOLUME_ID',
  /** Where PostgreSQL's programs are, before any other place is searched. */
  PGBIN: 'PGBIN',
} as const;

/** Names of what a deployment tells its functions and tasks, besides {@link Env}. */
export const DeployedEnv = {
  /** The deployment's environment, such as `prod`. */
  ENVIRONMENT: 'HOLDFAST_ENVIRONMENT',
  /** Name of the alarms' runbook, up to the anchor. */
  RUNBOOK_URL: 'HOLDFAST_RUNBOOK_URL',
  /** ARN of the ECS cluster in which tasks run. */
  ECS_CLUSTER: 'HOLDFAST_ECS_CLUSTER',
  /** ARN of the task's definition, with its revision. */
  TASK_DEFINITION: 'HOLDFAST_TASK_DEFINITION',
  /** Subnet ids, separated by commas. */
  SUBNETS: 'HOLDFAST_SUBNETS',
  /** Security group ids, separated by commas. */
  SECURITY_GROUPS: 'HOLDFAST_SECURITY_GROUPS',
  /** `FARGATE` or `FARGATE_SPOT`, of a first attempt; a retry never runs on spot capacity. */
  CAPACITY_PROVIDER: 'HOLDFAST_CAPACITY_PROVIDER',
  /** Name of the log group that tasks write to. */
  TASK_LOG_GROUP: 'HOLDFAST_TASK_LOG_GROUP',
  /** Scheduled time of the occurrence that a task runs for, as in its claim's key. */
  OCCURRENCE: 'HOLDFAST_OCCURRENCE',
  /** 1 for the first task of an occurrence, 2 for its only retry. */
  ATTEMPT: 'HOLDFAST_ATTEMPT',
  /** Wall-clock limit of one base backup. */
  BACKUP_TIMEOUT_SEC: 'HOLDFAST_BACKUP_TIMEOUT_SEC',
  /** KiB a second that a base backup reads at most. */
  BACKUP_MAX_RATE_KIB: 'HOLDFAST_BACKUP_MAX_RATE_KIB',
  /** `fast` or `spread`. */
  BACKUP_CHECKPOINT: 'HOLDFAST_BACKUP_CHECKPOINT',
  /** Archive lag past which no base backup starts. */
  ARCHIVE_LAG_LIMIT_SEC: 'HOLDFAST_ARCHIVE_LAG_LIMIT_SEC',
  /** ARN of the secret with the role's name and password. */
  ROLE_SECRET: 'HOLDFAST_ROLE_SECRET',
  /** Name of the SSM parameter with the certificates that signed the server's own. */
  CA_PARAMETER: 'HOLDFAST_CA_PARAMETER',
  /** Name of the Auto Scaling group of the PostgreSQL host. */
  HOST_GROUP: 'HOLDFAST_HOST_GROUP',
  /** Id of the private hosted zone. */
  HOSTED_ZONE: 'HOLDFAST_HOSTED_ZONE',
  /** DNS name under which the server is found. */
  HOST_NAME: 'HOLDFAST_HOST_NAME',
  /** File with the password of whoever reads at the pooler's console. */
  POOLER_PASSWORD_FILE: 'HOLDFAST_POOLER_PASSWORD_FILE',
  /** ARN of the topic whose messages page. */
  PAGE_TOPIC: 'HOLDFAST_PAGE_TOPIC',
  /** ARN of the topic whose messages can wait. */
  TICKET_TOPIC: 'HOLDFAST_TICKET_TOPIC',
  /** JSON: where messages of each severity go. */
  ROUTES: 'HOLDFAST_ROUTES',
  /** Minutes between two pages about the same alarm, until it is OK or acknowledged. */
  REPEAT_MINUTES: 'HOLDFAST_REPEAT_MINUTES',
  /** Wall-clock limit of one audit of hashes: what it leaves, the next one reads. */
  AUDIT_TIMEOUT_SEC: 'HOLDFAST_AUDIT_TIMEOUT_SEC',
  /** Stored bytes that one audit of hashes reads at most. */
  AUDIT_MAX_BYTES: 'HOLDFAST_AUDIT_MAX_BYTES',
  /** JSON: what of the archive is kept, and for how long. */
  RETENTION: 'HOLDFAST_RETENTION',
  /** `GOVERNANCE` or `COMPLIANCE`: how firmly the environment locks what is kept. */
  LOCK_MODE: 'HOLDFAST_LOCK_MODE',
  /** ARN of the role by which deployments change what is deployed. */
  DEPLOYMENT_ROLE: 'HOLDFAST_DEPLOYMENT_ROLE',
  /** JSON: where checks of health begin to warn and to page, as far as it differs from the defaults. */
  HEALTH_THRESHOLDS: 'HOLDFAST_HEALTH_THRESHOLDS',
  /** Size of the data volume. */
  VOLUME_BYTES: 'HOLDFAST_VOLUME_BYTES',
  /** Committed work that may be lost with the host. */
  RPO_SEC: 'HOLDFAST_RPO_SEC',
  /** ARN of the function that says what stands behind a page. */
  DIAGNOSE_FUNCTION: 'HOLDFAST_DIAGNOSE_FUNCTION',
  /** ARN of the secret that holds the token of outside monitors. */
  TOKEN_SECRET: 'HOLDFAST_TOKEN_SECRET',
  /** JSON: the settings that the bucket was deployed with. */
  VAULT_SETTINGS: 'HOLDFAST_VAULT_SETTINGS',
  /** ARNs of secrets that are rotated, separated by commas. */
  ROTATED_SECRETS: 'HOLDFAST_ROTATED_SECRETS',
  /** Name of the log group that the probe of the database writes to. */
  PROBE_LOG_GROUP: 'HOLDFAST_PROBE_LOG_GROUP',
  /** ARN of the role that proves the guard of the archive. */
  PROOF_ROLE: 'HOLDFAST_PROOF_ROLE',
  /** Names of the cluster's functions, separated by commas. */
  FUNCTIONS: 'HOLDFAST_FUNCTIONS',
  /** `yes` where clients share connections by a pooler. */
  POOLER: 'HOLDFAST_POOLER',
  /** Age at which the newest restorable backup is too old. */
  BACKUP_AGE_LIMIT_SEC: 'HOLDFAST_BACKUP_AGE_LIMIT_SEC',
} as const;

/** Names of what a host's scripts tell the image's roles. */
export const HostEnv = {
  /** File with what the deployment says of the cluster. */
  CONFIG: 'HOLDFAST_HOST_CONFIG',
  /** What a person has said about a blank volume: `none`, `first-boot` or `recover`. */
  WORD: 'HOLDFAST_WORD',
} as const;
