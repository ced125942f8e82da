import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { DnsZone } from '../../ports/dns-zone.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The A records of a hosted zone in Route 53. */
export function route53Zone(
  hostedZone: string,
  client = new Route53Client(CLIENT_SETTINGS),
): DnsZone {
  const zone = { HostedZoneId: hostedZone };
  return {
    read: async (name, { signal } = {}) => {
      const list = new ListResourceRecordSetsCommand({
        ...zone,
        StartRecordName: absolute(name),
        StartRecordType: 'A',
        MaxItems: 1,
      });
      const { ResourceRecordSets: [found] = [] } = await awsCall(
        `route53:ListResourceRecordSets in ${hostedZone}`,
        async () => client.send(list, { abortSignal: signal }),
        signal,
      );
      // The list begins there, with whatever comes next when there is no such record.
      if (found?.Type !== 'A' || found.Name !== absolute(name)) return undefined;
      const { TTL = 0, ResourceRecords = [] } = found;
      return { addresses: ResourceRecords.flatMap(({ Value = [] }) => Value), ttlSec: TTL };
    },
    write: async (name, { addresses, ttlSec }, { signal } = {}) => {
      const record = {
        Name: name,
        Type: 'A',
        TTL: ttlSec,
        ResourceRecords: addresses.map((address) => ({ Value: address })),
      } as const;
      const change = new ChangeResourceRecordSetsCommand({
        ...zone,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] },
      });
      await awsCall(
        `route53:ChangeResourceRecordSets of ${name}`,
        async () => client.send(change, { abortSignal: signal }),
        signal,
      );
    },
  };
}

/** As Route 53 gives names back: lower case, with the dot of the root. */
function absolute(name: string): string {
  return `${name.toLowerCase().replace(/\.$/, '')}.`;
}
