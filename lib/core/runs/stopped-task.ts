import { z } from 'zod';
import { TASK_CONTAINER } from '../contract/deployed-names.ts';

const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/**
 * ECS's event about a task that stopped, as far as it is read.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export const TaskStoppedEvent = z
  .object({
    detail: z.object({
      taskArn: z.string().min(1),
      taskDefinitionArn: z.string().min(1),
      lastStatus: z.literal('STOPPED'),
      startedBy: z.string().optional(),
      stopCode: z.string().optional(),
      stoppedReason: z.string().optional(),
      createdAt: Time,
      startedAt: Time.optional(),
      stoppedAt: Time.optional(),
      containers: z
        .array(
          z.object({
            name: z.string().optional(),
            exitCode: z.int().optional(),
            reason: z.string().optional(),
          }),
        )
        .default([]),
    }),
  })
  .transform(({ detail: { lastStatus: _, containers, ...task } }) => {
    const container = containers.find(({ name }) => name === TASK_CONTAINER);
    return { ...task, exitCode: container?.exitCode, containerReason: container?.reason };
  });

/** A task that stopped. */
export type StoppedTask = z.output<typeof TaskStoppedEvent>;
