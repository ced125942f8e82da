import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, List, Positive, StoreUrl, Word } from './fields.ts';

const Tasks = z.object({
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word.optional(),
  [Env.ENVELOPE_KEY]: Word.optional(),
  [DeployedEnv.ECS_CLUSTER]: Word,
  [DeployedEnv.TASK_DEFINITION]: Word,
  [DeployedEnv.SUBNETS]: List,
  [DeployedEnv.SECURITY_GROUPS]: List,
  [DeployedEnv.CAPACITY_PROVIDER]: z.enum(['FARGATE', 'FARGATE_SPOT']),
  [DeployedEnv.TASK_LOG_GROUP]: Word,
});

function tasksOf(env: z.output<typeof Tasks>): {
  readonly environment: string;
  readonly cluster: string;
  readonly storeUrl: string;
  readonly kmsKey: string | undefined;
  readonly envelopeKey: string | undefined;
  readonly ecsCluster: string;
  readonly taskDefinition: string;
  readonly subnets: string[];
  readonly securityGroups: string[];
  readonly capacityProvider: 'FARGATE' | 'FARGATE_SPOT';
  readonly taskLogGroup: string;
} {
  return {
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    ecsCluster: env[DeployedEnv.ECS_CLUSTER],
    taskDefinition: env[DeployedEnv.TASK_DEFINITION],
    subnets: env[DeployedEnv.SUBNETS],
    securityGroups: env[DeployedEnv.SECURITY_GROUPS],
    capacityProvider: env[DeployedEnv.CAPACITY_PROVIDER],
    taskLogGroup: env[DeployedEnv.TASK_LOG_GROUP],
  };
}

/** What is needed to start a task: by its judge for a retry, and by a starter that looks at nothing else. */
export const TaskRunConfig = Tasks.transform(tasksOf);
export type TaskRunConfig = z.output<typeof TaskRunConfig>;

/** What is needed to start a base backup's task. */
export const StarterConfig = Tasks.extend({
  [DeployedEnv.ARCHIVE_LAG_LIMIT_SEC]: Positive,
}).transform((env) => ({
  ...tasksOf(env),
  archiveLagLimitSec: env[DeployedEnv.ARCHIVE_LAG_LIMIT_SEC],
}));
export type StarterConfig = z.output<typeof StarterConfig>;
