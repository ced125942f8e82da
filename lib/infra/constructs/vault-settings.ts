import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { VaultSettings } from '../../core/config/vault-settings.ts';
import type { ArchiveLock } from '../deployment/retention.ts';

/** What a bucket is made with. */
export interface VaultSettingsProps {
  readonly keyArn: string;
  readonly lock: ArchiveLock;
  readonly lifecycle: readonly s3.LifecycleRule[];
  /** Of its policy. */
  readonly denials: readonly string[];
}

const MODES = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const;

/** The settings of an archive's bucket, as the probe of the estate compares them with what it finds. */
export function vaultSettings(props: VaultSettingsProps): VaultSettings {
  const { keyArn, lock, lifecycle, denials } = props;
  return {
    versioned: true,
    lock: { mode: MODES[lock.mode], days: lock.days },
    keyArn,
    blocksPublicAccess: true,
    ownsObjects: true,
    lifecycle: lifecycle.map(ruleOf),
    denials: [...denials],
    allowances: 0,
  };
}

function ruleOf(rule: s3.LifecycleRule): VaultSettings['lifecycle'][number] {
  const { id = '', prefix, tagFilters, objectSizeGreaterThan, transitions = [] } = rule;
  const { expiration, noncurrentVersionExpiration, abortIncompleteMultipartUploadAfter } = rule;
  const [tag] = Object.entries(tagFilters ?? {}).map(([key, value]) => `${key}=${value}`);
  const moves = transitions.map(
    ({ transitionAfter, storageClass }) =>
      `${transitionAfter?.toDays() ?? 0} ${storageClass.toString()}`,
  );
  return {
    id,
    ...(prefix !== undefined && { prefix }),
    ...(tag !== undefined && { tag }),
    ...(objectSizeGreaterThan !== undefined && { largerThanBytes: objectSizeGreaterThan }),
    ...(expiration !== undefined && { expireDays: expiration.toDays() }),
    ...(noncurrentVersionExpiration !== undefined && {
      removeHiddenDays: noncurrentVersionExpiration.toDays(),
    }),
    ...(rule.expiredObjectDeleteMarker === true && { removesMarkers: true as const }),
    ...(abortIncompleteMultipartUploadAfter !== undefined && {
      abortUploadsDays: abortIncompleteMultipartUploadAfter.toDays(),
    }),
    ...(moves.length > 0 && { moves }),
  };
}
