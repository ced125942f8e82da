import { OpsError } from '../../errors/ops-error.ts';
import type { Host } from '../../ports/host-group.ts';

/**
 * The host of a cluster that serves.
 *
 * @param cluster - `<environment>/<cluster>`, for the message.
 * @throws {@link OpsError} `HOST-COMMAND` when none is in service, or more than one.
 */
export function chooseHost(hosts: readonly Host[], cluster: string): string {
  const serving = hosts.filter(({ lifecycle }) => lifecycle === 'InService');
  const [host] = serving;
  if (host !== undefined && serving.length === 1) return host.instanceId;
  const seen = hosts.map(({ instanceId, lifecycle }) => `${instanceId} (${lifecycle})`);
  throw new OpsError(
    'HOST-COMMAND',
    `${serving.length} hosts of ${cluster} are in service: ${seen.join(', ') || 'there is none at all'}`,
    { hint: 'wait until the new one is in service, or name one with --instance' },
  );
}
