/** What the name of a task says. */
export interface TaskArn {
  readonly partition: string;
  readonly region: string;
  /** The last part: it names the task's log stream. */
  readonly taskId: string;
}

/**
 * Takes the ARN of a task apart.
 *
 * @example parseTaskArn('arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e').taskId // '0f1e'
 */
export function parseTaskArn(taskArn: string): TaskArn {
  const [, partition = '', , region = ''] = taskArn.split(':');
  return { partition, region, taskId: taskArn.slice(taskArn.lastIndexOf('/') + 1) };
}

/**
 * Family of a task definition: all revisions share it, and no other cluster's definition does.
 *
 * @example taskFamily('arn:aws:ecs:eu-central-1:111122223333:task-definition/orders-backup:7') // 'orders-backup'
 */
export function taskFamily(taskDefinition: string): string {
  const [family = ''] = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1).split(':');
  return family;
}
