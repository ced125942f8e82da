import { z } from 'zod';
import { Instant } from '../store/records.ts';

/** `run/<kind>/<occurrence>.json`: who starts this occurrence. Write-once. */
export const ClaimRecord = z.object({
  /** Id of the function's invocation. */
  by: z.string().min(1),
  at: Instant,
});
export type ClaimRecord = z.output<typeof ClaimRecord>;

/** `run/<kind>/<occurrence>-task-<attempt>.json`: the task that was started. Write-once. */
export const TaskRecord = z.object({
  taskArn: z.string().min(1),
  at: Instant,
});
export type TaskRecord = z.output<typeof TaskRecord>;

/** `run/<kind>/<occurrence>-outcome-<attempt>.json`: how that task ended. Write-once. */
export const OutcomeRecord = z.object({
  taskArn: z.string().min(1),
  /**
   * `succeeded`: what it was to make, such as a restorable backup, is in the store. `not-started`: its container never
   * ran. `interrupted`: it was taken back or stopped from outside. `failed`: all else.
   */
  verdict: z.enum(['succeeded', 'not-started', 'interrupted', 'stopped', 'failed']),
  /** One sentence, for people. */
  reason: z.string(),
  /** Of the failure; absent after a success. */
  errorCode: z.string().optional(),
  exitCode: z.int().optional(),
  stopCode: z.string().optional(),
  /** Whether another task takes its place. */
  isRetried: z.boolean(),
  startedAt: Instant.optional(),
  stoppedAt: Instant.optional(),
  backup: z
    .object({
      id: z.string().min(1),
      /** Plain bytes. */
      bytes: z.int().nonnegative(),
      /** Of the restorable backup before it; absent when there is none. */
      previousBytes: z.int().nonnegative().optional(),
    })
    .optional(),
  /** Id of the invocation that judged it. */
  by: z.string().min(1),
  at: Instant,
});
export type OutcomeRecord = z.output<typeof OutcomeRecord>;
