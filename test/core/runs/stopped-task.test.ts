import { describe, expect, test } from 'vitest';
import { TaskStoppedEvent } from '../../../lib/core/runs/stopped-task.ts';

const DETAIL = {
  taskArn: 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e',
  taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/orders-backup:7',
  clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/holdfast',
  group: 'family:orders-backup',
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  startedBy: 'holdfast/base-backup/20261201T010000Z/1',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  createdAt: '2026-12-01T01:00:05.123Z',
  startedAt: '2026-12-01T01:00:50Z',
  stoppedAt: '2026-12-01T01:30:00.5Z',
  capacityProviderName: 'FARGATE_SPOT',
  containers: [
    { name: 'sidecar', exitCode: 9 },
    { name: 'task', exitCode: 0, lastStatus: 'STOPPED' },
  ],
};

describe('TaskStoppedEvent', () => {
  test('says what the container of the task came to', () => {
    expect(TaskStoppedEvent.parse({ detail: DETAIL })).toMatchObject({
      taskArn: DETAIL.taskArn,
      exitCode: 0,
      createdAt: new Date('2026-12-01T01:00:05.123Z'),
      startedAt: new Date('2026-12-01T01:00:50Z'),
      stoppedAt: new Date('2026-12-01T01:30:00.500Z'),
    });
  });

  test('takes a task that never had a container', () => {
    const { startedAt, containers, startedBy, stopCode, ...rest } = DETAIL;
    const parsed = TaskStoppedEvent.parse({ detail: rest });
    expect(parsed.exitCode).toBeUndefined();
    expect(parsed.startedAt).toBeUndefined();
    expect(parsed.startedBy).toBeUndefined();
  });

  test('takes no task that has not stopped, and no other event', () => {
    expect(
      TaskStoppedEvent.safeParse({ detail: { ...DETAIL, lastStatus: 'RUNNING' } }).success,
    ).toBe(false);
    expect(TaskStoppedEvent.safeParse({ scheduledTime: '2026-12-01T01:00:00Z' }).success).toBe(
      false,
    );
  });
});
