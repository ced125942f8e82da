import type { z } from 'zod';
import {
  ApplyRetentionConfig,
  ExtendLocksConfig,
} from '../../../lib/core/config/apply-retention-config.ts';
import { AuditArchiveConfig, HashAuditConfig } from '../../../lib/core/config/audit-config.ts';
import { AnswerHealthConfig } from '../../../lib/core/config/answer-health-config.ts';
import { BaseBackupConfig } from '../../../lib/core/config/base-backup-config.ts';
import { DiagnoseConfig } from '../../../lib/core/config/diagnose-config.ts';
import { EstateConfig, ProbeEstateConfig } from '../../../lib/core/config/estate-config.ts';
import { FollowHostConfig } from '../../../lib/core/config/follow-host-config.ts';
import { JudgeChangeConfig } from '../../../lib/core/config/judge-change-config.ts';
import { NotifyConfig } from '../../../lib/core/config/notify-config.ts';
import { ProbeDatabaseConfig } from '../../../lib/core/config/probe-database-config.ts';
import { ProveGuardConfig } from '../../../lib/core/config/prove-guard-config.ts';
import { RotateSecretConfig } from '../../../lib/core/config/rotate-secret-config.ts';
import { StarterConfig, TaskRunConfig } from '../../../lib/core/config/starter-config.ts';

/** What each function reads, by its folder. */
export const FUNCTION_CONFIGS: Readonly<Record<string, z.ZodPipe<z.ZodObject>>> = {
  'answer-health': AnswerHealthConfig,
  'apply-retention': ApplyRetentionConfig,
  'audit-archive': AuditArchiveConfig,
  diagnose: DiagnoseConfig,
  'extend-locks': ExtendLocksConfig,
  'follow-host': FollowHostConfig,
  'judge-change': JudgeChangeConfig,
  'judge-tags': EstateConfig,
  'judge-task': TaskRunConfig,
  notify: NotifyConfig,
  'probe-database': ProbeDatabaseConfig,
  'probe-estate': ProbeEstateConfig,
  'prove-guard': ProveGuardConfig,
  'rotate-secret': RotateSecretConfig,
  'start-base-backup': StarterConfig,
  'start-hash-audit': TaskRunConfig,
};

/** Deployed only where the file asks for an answer to outside monitors. */
export const ENDPOINT_FUNCTION = 'answer-health';

/** What every cluster has of them: two kinds of tasks are judged, each by one of its own. */
export const FUNCTIONS_OF_CLUSTER = [
  ...Object.keys(FUNCTION_CONFIGS).filter((name) => name !== ENDPOINT_FUNCTION),
  'judge-task',
].toSorted();

/** What each task reads, by its role in the image. */
export const TASK_CONFIGS: Readonly<Record<string, z.ZodPipe<z.ZodObject>>> = {
  'base-backup': BaseBackupConfig,
  'hash-audit': HashAuditConfig,
};

/** Those of them that are deployed once more where an archive is copied to. */
export const FUNCTIONS_OF_COPY = [
  'apply-retention',
  'audit-archive',
  'extend-locks',
  'notify',
] as const;

/** Read by Node itself. */
const FOR_NODE = new Set(['NODE_OPTIONS']);

/** Variables that nothing reads: somebody believes that they do something. */
export function unreadVariables(
  environment: Readonly<Record<string, string>>,
  schema: z.ZodPipe<z.ZodObject>,
): readonly string[] {
  const names = Object.keys(environment).filter((name) => !FOR_NODE.has(name));
  return names.filter((name) => !Object.hasOwn(schema.in.shape, name));
}
