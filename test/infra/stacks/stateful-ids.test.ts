import { describe, expect, test } from 'vitest';
import { environmentOf } from '../support/inputs.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

/**
 * Logical ids of what holds data, or of what cannot be replaced without an outage. CloudFormation takes
 * a resource with another id for another resource: it makes an empty one, and leaves the old one behind.
 */
const GOLDEN = {
  'Network/Vpc': 'Vpc8378EB38',
  'Network/Vpc/isolatedSubnet1/Subnet': 'VpcisolatedSubnet1SubnetE62B1B9B',
  'Network/Vpc/isolatedSubnet2/Subnet': 'VpcisolatedSubnet2Subnet39217055',
  'Network/Zone': 'ZoneA5DE4B68',
  'orders-Data/Key': 'Key961B73FD',
  'orders-Data/Key/Alias': 'KeyAlias910D852D',
  'orders-Data/Vault/Bucket': 'VaultBucket0925C477',
  'orders-Data/Vault/Bucket/Policy': 'VaultBucketPolicyACD50CAD',
  'orders-Data/Vault/TaggerRole': 'VaultTaggerRoleCD65C083',
  'orders-Data/Vault/LockRole': 'VaultLockRole7B744675',
  'orders-Data/Volume': 'VolumeA92988D3',
  'orders-Data/Authority': 'Authority',
  'orders-Data/BackupRole': 'BackupRoleF43CFD90',
  'orders-Data/MonitorRole': 'MonitorRole437F0C3A',
} as const;

/** A template as lines, less the hashes of functions: what stands for them here tells of all clusters. */
function withoutCode({ template }: Synthesis, stack: string): readonly string[] {
  const text = JSON.stringify(template(stack).toJSON(), undefined, 1);
  return text.replaceAll(/[0-9a-f]{64}\.zip/g, '').split('\n');
}

describe('logical ids', () => {
  test('of what holds data stay as they are', () => {
    const { resources } = synthesize();
    const ids = Object.keys(GOLDEN).map((path) => [
      path,
      resources().find((resource) => resource.path === path)?.id,
    ]);
    expect(Object.fromEntries(ids)).toEqual(GOLDEN);
  });

  test('of the data stack are all listed: what comes in stays for good', () => {
    const paths = synthesize()
      .resources()
      .filter(({ stack }) => stack === 'orders-Data')
      .map(({ path }) => path);
    const listed = Object.keys(GOLDEN).filter((path) => path.startsWith('orders-Data/'));
    expect(paths.toSorted()).toEqual(listed.toSorted());
  });

  test("of one cluster's stack do not depend on other clusters, nor on their order", () => {
    const clusters = [{ id: 'billing' }, { id: 'orders' }];
    const alone = synthesize();
    const among = synthesize(environmentOf({ clusters }));
    for (const stack of [
      'orders-Data',
      'orders-Host',
      'orders-Backup',
      'orders-Archive',
      'orders-Watch',
    ]) {
      expect(withoutCode(among, stack)).toEqual(withoutCode(alone, stack));
    }
  });

  test('of the stacks themselves begin with environment and cluster', () => {
    const names = synthesize().assembly.stacks.map(({ stackName }) => stackName);
    expect(names).toEqual([
      'holdfast-prod-network',
      'holdfast-prod-trail',
      'holdfast-prod-orders-data',
      'holdfast-prod-orders-archive',
      'holdfast-prod-orders-host',
      'holdfast-prod-orders-backup',
      'holdfast-prod-orders-watch',
    ]);
  });
});
