import { z } from 'zod';
import { POOLER_PORT } from '../contract/deployed-names.ts';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { Pooler, PoolerFile } from '../contract/pooler.ts';
import { ClusterId, EnvironmentName, Word } from './fields.ts';

/** What the task is told that measures a pooler; it runs in the pooler's own network namespace. */
export const PoolerMetricsConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    PGHOST: Word.default('127.0.0.1'),
    PGPORT: z.coerce.number().int().min(1).max(65_535).default(POOLER_PORT),
    PGSSLROOTCERT: Word.default('/etc/holdfast/tls/roots.pem'),
    [DeployedEnv.POOLER_PASSWORD_FILE]: Word.default(
      `${Pooler.DIRECTORY}/${PoolerFile.STATS_PASSWORD}`,
    ),
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    host: env.PGHOST,
    port: env.PGPORT,
    rootsFile: env.PGSSLROOTCERT,
    passwordFile: env[DeployedEnv.POOLER_PASSWORD_FILE],
  }));
export type PoolerMetricsConfig = z.output<typeof PoolerMetricsConfig>;
