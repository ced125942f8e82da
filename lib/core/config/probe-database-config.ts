import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, Positive, StoreUrl, Word } from './fields.ts';
import { HealthThresholds } from './health-thresholds.ts';

const Port = z.coerce.number().int().min(1).max(65_535).default(5432);

/** What whoever looks into a cluster's database is told by the deployment. */
export const ProbeEnvironment = z.object({
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  PGHOST: Word,
  PGPORT: Port,
  [DeployedEnv.CA_PARAMETER]: Word,
  [DeployedEnv.ROLE_SECRET]: Word,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word.optional(),
  [Env.ENVELOPE_KEY]: Word.optional(),
  [DeployedEnv.RPO_SEC]: Positive,
  [DeployedEnv.VOLUME_BYTES]: Positive,
  [DeployedEnv.HEALTH_THRESHOLDS]: Json.prefault('{}').pipe(HealthThresholds),
});

/** The same by the names that the engine gives it. */
export interface ProbeSettings {
  readonly environment: string;
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  /** Name of the SSM parameter with the certificates that signed the server's own. */
  readonly caParameter: string;
  /** ARN of the secret of the role that monitors. */
  readonly roleSecret: string;
  readonly storeUrl: string;
  readonly kmsKey: string | undefined;
  readonly envelopeKey: string | undefined;
  readonly rpoSec: number;
  readonly volumeBytes: number;
  readonly thresholds: HealthThresholds;
}

/** Gives variables their names in the engine. */
export function probeSettings(env: z.output<typeof ProbeEnvironment>): ProbeSettings {
  return {
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    host: env.PGHOST,
    port: env.PGPORT,
    caParameter: env[DeployedEnv.CA_PARAMETER],
    roleSecret: env[DeployedEnv.ROLE_SECRET],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    rpoSec: env[DeployedEnv.RPO_SEC],
    volumeBytes: env[DeployedEnv.VOLUME_BYTES],
    thresholds: env[DeployedEnv.HEALTH_THRESHOLDS],
  };
}

/** What the probe of a cluster's database goes by. */
export const ProbeDatabaseConfig = ProbeEnvironment.transform(probeSettings);
export type ProbeDatabaseConfig = z.output<typeof ProbeDatabaseConfig>;
