import { describe, expect, test } from 'vitest';
import { taskFamily } from '../../../lib/core/runs/ecs-arns.ts';
import { taskLogUrl } from '../../../lib/core/runs/task-log-url.ts';

const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e2d';

describe('taskLogUrl', () => {
  test('leads to the stream of that task, escaped as the console does', () => {
    expect(taskLogUrl(TASK, '/holdfast/prod/orders')).toBe(
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1' +
        '#logsV2:log-groups/log-group/$252Fholdfast$252Fprod$252Forders' +
        '/log-events/task$252Ftask$252F0f1e2d',
    );
  });

  test('escapes what else a log group may be called', () => {
    expect(taskLogUrl(TASK, 'a#b_c.d-e')).toContain('/log-group/a$2523b_c.d-e/');
  });

  test.each([
    ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
    ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ])('knows the console of %s', (partition, region, start) => {
    const arn = `arn:${partition}:ecs:${region}:111122223333:task/holdfast/0f1e2d`;
    expect(taskLogUrl(arn, 'group').startsWith(start)).toBe(true);
  });
});

describe('taskFamily', () => {
  test('is the same for every revision', () => {
    const arn = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/orders-backup';
    expect(taskFamily(`${arn}:7`)).toBe('orders-backup');
    expect(taskFamily(`${arn}:12`)).toBe('orders-backup');
    expect(taskFamily(arn)).toBe('orders-backup');
  });
});
