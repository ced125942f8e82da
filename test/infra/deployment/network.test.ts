import { describe, expect, test } from 'vitest';
import { Network } from '../../../lib/infra/deployment/network.ts';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { faultsOf, faultyPathsOf } from '../support/faults.ts';
import { EXISTING_NETWORK, environmentOf } from '../support/inputs.ts';

const THREE_ZONES = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];

describe('a network of the environment’s own', () => {
  test.each(['10.0.0.0/16', '192.168.4.0/24'])('may be %s', (cidr) => {
    expect(Network.parse({ cidr })).toEqual({ cidr, egress: 'endpoints' });
  });

  test.each(['10.0.0.0/15', '10.0.0.0/25'])('refuses %s: a VPC is a /16 to a /24', (cidr) => {
    expect(faultsOf(environmentOf({ network: { cidr } }))).toContain(
      `network.cidr: ${cidr} is not between a /16 and a /24`,
    );
  });

  test('refuses what is no network', () => {
    expect(faultyPathsOf(environmentOf({ network: { cidr: '10.0.0.0' } }))).toContain(
      'network.cidr',
    );
  });

  test('refuses zones whose subnets it has no room for, before CDK trips over them', () => {
    const network = { cidr: '10.0.0.0/24', egress: 'nat' } as const;
    expect(faultsOf(environmentOf({ network, availabilityZones: THREE_ZONES }))).toEqual([
      'network.cidr: 10.0.0.0/24 has room for 4 subnets of /26, 6 are needed',
    ]);
  });

  test('has room in a /24 for three zones without a NAT gateway', () => {
    const network = { cidr: '10.0.0.0/24', egress: 'endpoints' } as const;
    const input = environmentOf({ network, availabilityZones: THREE_ZONES });
    expect(parseDeployments({ prod: input }, 'prod').deployment.network).toEqual(network);
  });
});

describe('a network that is there already', () => {
  test('is taken with its subnets', () => {
    expect(Network.parse(EXISTING_NETWORK)).toEqual(EXISTING_NETWORK);
  });

  test('tells the fault of what was meant, not of what it could also be', () => {
    const [subnet] = EXISTING_NETWORK.subnets;
    const network = { ...EXISTING_NETWORK, subnets: [{ ...subnet, routeTableId: 'main' }] };
    expect(faultsOf(environmentOf({ network }))).toEqual([
      'network.subnets.0.routeTableId: is no id of a route table',
    ]);
  });

  test('needs a subnet', () => {
    const network = { ...EXISTING_NETWORK, subnets: [] };
    expect(faultyPathsOf(environmentOf({ network }))).toContain('network.subnets');
  });

  test('takes no way out of its own: its routes are somebody else’s', () => {
    const network = { ...EXISTING_NETWORK, egress: 'nat' };
    expect(faultsOf({ ...environmentOf(), network })).toEqual([
      expect.stringContaining('network: Unrecognized key: "egress"'),
    ]);
  });
});
