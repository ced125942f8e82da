import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { newestValue } from '../estate/points.ts';
import { vaultDifferences } from '../estate/vault-differences.ts';
import { estateCheck, type EstateKnown } from '../estate-facts.ts';
import type { FactCheck } from '../fact-check.ts';
import { absent, below, blind, ok, page } from '../judgement.ts';

const MOST_FINDINGS = 10;
/** Backups that can be restored: of fewer, one mishap leaves none. */
const RESTORABLE = { warn: 7, page: 2 } as const;

/** Checks of what keeps the archive. */
export const VAULT_CHECKS: readonly FactCheck<EstateKnown>[] = [
  estateCheck({
    id: 'A10',
    name: 'vault-settings',
    tier: 'A',
    group: 'durability',
    about: 'the archive’s bucket keeps objects as it was deployed to',
    needs:
      's3:GetBucketVersioning, GetBucketObjectLockConfiguration, GetEncryptionConfiguration, GetBucketPublicAccessBlock, GetBucketOwnershipControls, GetLifecycleConfiguration, GetBucketPolicy',
    look: 'cdk diff of the data stack; CloudTrail for who changed the bucket',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html',
    everyMinutes: 5,
    atMinute: 1,
    fact: 'vault',
    judge: ({ seen, unseen }, { vaultSettings }) => {
      if (vaultSettings === undefined) {
        return absent('the deployment does not say how', { values: { [Metric.VAULT_DRIFT]: 0 } });
      }
      const differences = vaultDifferences(vaultSettings, seen);
      const [first] = unseen;
      const others = first === undefined ? '' : `; not seen: ${first.setting}: ${first.why}`;
      if (differences.length > 0) {
        return page(`${count(differences.length, 'difference')}${others}`, {
          values: { [Metric.VAULT_DRIFT]: differences.length },
          findings: differences.slice(0, MOST_FINDINGS),
        });
      }
      if (first !== undefined) return blind(others.slice(2));
      return ok('as deployed', { values: { [Metric.VAULT_DRIFT]: 0 } });
    },
  }),
  estateCheck({
    id: 'A10r',
    name: 'restorable-backups',
    tier: 'A',
    group: 'backups',
    about: 'there are several backups that can be restored',
    needs: 'cloudwatch:GetMetricData; an audit of the archive every hour',
    look: 'holdfast list',
    source: 'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-BASE-BACKUP',
    everyMinutes: 5,
    atMinute: 2,
    fact: 'newest',
    judge: ({ RestorableBackups }, { retention }) => {
      const backups = newestValue(RestorableBackups);
      if (backups === undefined) return blind('no audit has counted them within 3 hours');
      // A policy may want fewer.
      const kept = Math.max(retention?.daily ?? RESTORABLE.warn, retention?.minBackups ?? 0);
      const warn = Math.max(RESTORABLE.page, Math.min(RESTORABLE.warn, kept));
      const standing = below(backups, { ...RESTORABLE, warn });
      return { standing, says: count(backups, 'backup') };
    },
  }),
  estateCheck({
    id: 'A11',
    name: 'key-usable',
    tier: 'A',
    group: 'durability',
    about: 'the cluster’s key can encrypt and decrypt, and is to stay',
    needs: 'kms:DescribeKey',
    look: 'aws kms describe-key --key-id <key>',
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
    fact: 'key',
    judge: ({ isUsable }) =>
      isUsable
        ? ok('enabled', { values: { [Metric.KEY_USABLE]: 1 } })
        : page('disabled, or to be deleted', { values: { [Metric.KEY_USABLE]: 0 } }),
  }),
];
