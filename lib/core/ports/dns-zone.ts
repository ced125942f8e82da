import type { CallOptions } from './object-store.ts';

/** What an A record says. */
export interface AddressRecord {
  /** IPv4; more than one only if somebody else wrote it. */
  readonly addresses: readonly string[];
  readonly ttlSec: number;
}

/** A private hosted zone. */
export interface DnsZone {
  /**
   * The A record of `name`; `undefined` when there is none.
   *
   * @throws {@link OpsError} `AWS-ABSENT` when there is no such zone; `AWS-DENIED`, `AWS-FAILED`.
   */
  read(name: string, options?: CallOptions): Promise<AddressRecord | undefined>;
  /** Makes the A record of `name` say this and nothing else; throws as {@link DnsZone.read}. */
  write(name: string, record: AddressRecord, options?: CallOptions): Promise<void>;
}
