import { VaultSettings } from '../../../../lib/core/config/vault-settings.ts';

/** The settings of a bucket, as a deployment makes them. */
export const DEPLOYED: VaultSettings = VaultSettings.parse({
  versioned: true,
  lock: { mode: 'COMPLIANCE', days: 42 },
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  blocksPublicAccess: true,
  ownsObjects: true,
  lifecycle: [{ id: 'ExpireWhatIsDue', tag: 'holdfast-expiry=due', expireDays: 1 }],
  denials: ['NobodyDeletes', 'NobodyOverwrites'],
});
