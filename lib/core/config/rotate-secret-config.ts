import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Word } from './fields.ts';

const PORT = z.coerce.number().int().min(1).max(65_535).default(5432);

/** Where the server is whose roles' passwords are rotated, and by what it is verified. */
export const RotateSecretConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    PGHOST: Word,
    PGPORT: PORT,
    [DeployedEnv.CA_PARAMETER]: Word,
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    host: env.PGHOST,
    port: env.PGPORT,
    caParameter: env[DeployedEnv.CA_PARAMETER],
  }));
export type RotateSecretConfig = z.output<typeof RotateSecretConfig>;
