import { TASK_CONTAINER, TASK_LOG_PREFIX } from '../contract/deployed-names.ts';
import { parseTaskArn } from './ecs-arns.ts';

/** Where each partition has its console. */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};
const DEFAULT_CONSOLE = 'console.aws.amazon.com';

/**
 * Link to a task's log stream in CloudWatch's console, whose own escape is `$25` for `%`, on names that
 * were escaped before.
 *
 * @example taskLogUrl('arn:aws:ecs:eu-central-1:111122223333:task/holdfast/0f1e', '/holdfast/prod')
 *   // '…?region=eu-central-1#logsV2:log-groups/log-group/$252Fholdfast$252Fprod/log-events/task$252Ftask$252F0f1e'
 */
export function taskLogUrl(taskArn: string, logGroup: string): string {
  const { partition, region, taskId } = parseTaskArn(taskArn);
  const stream = `${TASK_LOG_PREFIX}/${TASK_CONTAINER}/${taskId}`;
  const home = `https://${region}.${CONSOLES[partition] ?? DEFAULT_CONSOLE}/cloudwatch/home?region=${region}`;
  return `${home}#logsV2:log-groups/log-group/${escape(logGroup)}/log-events/${escape(stream)}`;
}

function escape(name: string): string {
  return encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$');
}
