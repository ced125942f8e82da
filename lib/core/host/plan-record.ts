import type { AddressRecord } from '../ports/dns-zone.ts';
import type { Host } from '../ports/host-group.ts';

/** Clients ask again after so long: what a replaced host costs them, at most. */
export const RECORD_TTL_SEC = 10;

/** What is known of a host and its name. */
export interface HostSight {
  readonly hosts: readonly Host[];
  /** Id of the instance that an event named, which may not be in service yet. */
  readonly launched: string | undefined;
  readonly record: AddressRecord | undefined;
}

/** What to do about the record. */
export interface RecordPlan {
  /**
   * `absent`: there is no host, and the record stays; `kept`: it is right; `created`; `moved` to
   * another host; `corrected`: the same host, but not said as it should be.
   */
  readonly outcome: 'absent' | 'kept' | 'created' | 'moved' | 'corrected';
  /** Whom the record names from now on. */
  readonly host: Host | undefined;
  readonly hostsInService: number;
}

/**
 * Decides whom the record has to name.
 *
 * As long as it names a host that serves it stays, whatever an event says: two in service must never
 * be, and the one that clients know is then the better guess. Without any host it stays too: an
 * address that does not answer is as good as none, and the next host may well get it back.
 */
export function planRecord({ hosts, launched, record }: HostSight): RecordPlan {
  const hostsInService = hosts.filter(({ lifecycle }) => lifecycle === 'InService').length;
  const candidates = hosts
    .filter((host) => isCandidate(host, launched))
    .toSorted((a, b) => b.launchedAt.getTime() - a.launchedAt.getTime());
  const named = candidates.find(({ address }) => record?.addresses.includes(address));
  const host = named ?? candidates[0];
  return { outcome: outcomeOf(host, record), host, hostsInService };
}

function isCandidate({ instanceId, lifecycle }: Host, launched: string | undefined): boolean {
  return lifecycle === 'InService' || (instanceId === launched && lifecycle.startsWith('Pending'));
}

function outcomeOf(
  host: Host | undefined,
  record: AddressRecord | undefined,
): RecordPlan['outcome'] {
  if (host === undefined) return 'absent';
  if (record === undefined) return 'created';
  const { addresses, ttlSec } = record;
  if (!addresses.includes(host.address)) return 'moved';
  return addresses.length === 1 && ttlSec === RECORD_TTL_SEC ? 'kept' : 'corrected';
}
