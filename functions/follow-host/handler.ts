import { autoScalingHosts } from '../../lib/core/adapters/aws/auto-scaling-hosts.ts';
import { route53Zone } from '../../lib/core/adapters/aws/route-53-zone.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { FollowHostConfig } from '../../lib/core/config/follow-host-config.ts';
import { followHost } from '../../lib/core/host/follow-host.ts';
import { FollowHostEvent } from '../../lib/core/host/launch-news.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Makes the DNS name of the server follow its host. */
export const handler = opsHandler({
  event: FollowHostEvent,
  config: FollowHostConfig,
  run: async (news, { config, log, signal }) =>
    followHost(news, {
      hostName: config.hostName,
      group: autoScalingHosts(config.hostGroup),
      zone: route53Zone(config.hostedZone),
      telemetry: emfTelemetry(config),
      log,
      signal,
    }),
});
