import { Event } from '../contract/events.ts';
import { Metric } from '../contract/metrics.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { DnsZone } from '../ports/dns-zone.ts';
import type { HostGroup } from '../ports/host-group.ts';
import type { Log } from '../ports/log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { LaunchNews } from './launch-news.ts';
import { planRecord, RECORD_TTL_SEC, type RecordPlan } from './plan-record.ts';

/** What following needs. */
export interface FollowHostDeps {
  /** Name under which clients find the server. */
  readonly hostName: string;
  readonly group: HostGroup;
  readonly zone: DnsZone;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Makes the DNS record name the host that serves. Events come late, twice and out of order, so what
 * counts is the group as it is now: an event only tells that an instance may be named before it is
 * in service.
 *
 * The record is read before the group: what this call sees of the group is then at least as new as
 * what put the record where it is. Two calls at the very same moment are put right a minute later.
 *
 * @throws {@link OpsError} `HOST-ABSENT` when an event announced a host and there is none yet: the
 *   function is then tried again. On a schedule no host is no error but the metric
 *   `HostsInService` 0, whose alarm tells. `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
 */
export async function followHost(
  { launched }: LaunchNews,
  deps: FollowHostDeps,
): Promise<RecordPlan> {
  const { hostName, group, zone, telemetry, log, signal } = deps;
  try {
    // Without Route 53 the group is still looked at: its alarm must not go off for the wrong reason.
    const [reading] = await Promise.allSettled([zone.read(hostName, { signal })]);
    const hosts = await group.hosts({ signal });
    const record = reading.status === 'fulfilled' ? reading.value : undefined;
    const plan = planRecord({ hosts, launched, record });
    telemetry.add(Metric.HOSTS_IN_SERVICE, plan.hostsInService);
    if (reading.status === 'rejected') throw reading.reason;
    await carryOut(plan, deps);
    telemetry.add(Metric.HOST_REPLACED, plan.outcome === 'moved' ? 1 : 0);
    log.info(Event.HOST_FOLLOWED, {
      outcome: plan.outcome,
      host_name: hostName,
      instance: plan.host?.instanceId,
      address: plan.host?.address,
      was: record?.addresses.join(' '),
      hosts_in_service: plan.hostsInService,
    });
    if (plan.outcome === 'absent' && launched !== undefined) throw notThere(launched);
    return plan;
  } finally {
    telemetry.flush();
  }
}

async function carryOut(
  { outcome, host }: RecordPlan,
  { hostName, zone, signal }: FollowHostDeps,
): Promise<void> {
  if (outcome === 'kept' || host === undefined) return;
  await zone.write(hostName, { addresses: [host.address], ttlSec: RECORD_TTL_SEC }, { signal });
}

function notThere(instance: string): OpsError {
  return new OpsError('HOST-ABSENT', `${instance} was launched, and the group has no host now`, {
    hint: 'it may only be too new to be seen; else see the activity history of the Auto Scaling group',
    details: { instance },
  });
}
