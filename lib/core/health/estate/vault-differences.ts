import type { LifecycleRule, VaultSettings } from '../../config/vault-settings.ts';
import type { Finding } from '../judgement.ts';

/**
 * Where a bucket's settings are not as they were deployed: each a setting, a lifecycle rule, or a statement of the
 * policy. A longer lock is none: it keeps more than was asked for. Statements that deny more are none either.
 *
 * @param seen - what could be seen of them.
 */
export function vaultDifferences(
  deployed: VaultSettings,
  seen: Partial<VaultSettings>,
): readonly Finding[] {
  return [
    ...isOff('versioning', deployed.versioned, seen.versioned),
    ...lockDifferences(deployed, seen),
    ...keyDifferences(deployed, seen),
    ...isOff('public access block', deployed.blocksPublicAccess, seen.blocksPublicAccess),
    ...isOff('object ownership', deployed.ownsObjects, seen.ownsObjects),
    ...lifecycleDifferences(deployed, seen),
    ...denialDifferences(deployed, seen),
    ...allowanceDifferences(deployed, seen),
  ];
}

function isOff(subject: string, wanted: boolean, found: boolean | undefined): readonly Finding[] {
  return wanted && found === false ? [{ subject, says: 'is switched off' }] : [];
}

function lockDifferences(
  { lock: wanted }: VaultSettings,
  { lock: found }: Partial<VaultSettings>,
): readonly Finding[] {
  if (wanted === null || found === undefined) return [];
  const subject = 'object lock';
  if (found === null) return [{ subject, says: 'new objects get none' }];
  const isWeaker = wanted.mode === 'COMPLIANCE' && found.mode === 'GOVERNANCE';
  return [
    ...(isWeaker ? [{ subject, says: `is ${found.mode}, not ${wanted.mode}` }] : []),
    ...(found.days < wanted.days
      ? [{ subject, says: `lasts ${found.days} days, not ${wanted.days}` }]
      : []),
  ];
}

function keyDifferences(
  { keyArn }: VaultSettings,
  { keyArn: found }: Partial<VaultSettings>,
): readonly Finding[] {
  if (found === undefined || found === keyArn) return [];
  const says = found === '' ? 'is none of KMS by default' : 'is another by default';
  return [{ subject: 'encryption key', says }];
}

function lifecycleDifferences(
  { lifecycle: wanted }: VaultSettings,
  { lifecycle: found }: Partial<VaultSettings>,
): readonly Finding[] {
  if (found === undefined) return [];
  const byId = new Map(found.map((rule) => [rule.id, rule]));
  const known = new Set(wanted.map(({ id }) => id));
  return [
    ...wanted.flatMap((rule) => {
      const standing = byId.get(rule.id);
      if (standing === undefined) return [{ subject: ruleName(rule), says: 'is gone, or off' }];
      return sameRule(rule, standing) ? [] : [{ subject: ruleName(rule), says: 'was changed' }];
    }),
    ...found
      .filter(({ id }) => !known.has(id))
      .map((rule) => ({ subject: ruleName(rule), says: 'is nobody’s' })),
  ];
}

function denialDifferences(
  { denials: wanted }: VaultSettings,
  { denials: found }: Partial<VaultSettings>,
): readonly Finding[] {
  if (found === undefined) return [];
  return wanted
    .filter((sid) => !found.includes(sid))
    .map((sid) => ({ subject: `statement ${sid}`, says: 'no longer denies everybody' }));
}

function allowanceDifferences(
  { allowances: wanted }: VaultSettings,
  { allowances: found = wanted }: Partial<VaultSettings>,
): readonly Finding[] {
  if (found <= wanted) return [];
  const more = found - wanted;
  return [{ subject: 'bucket policy', says: `allows ${more} more than was deployed` }];
}

function ruleName({ id }: LifecycleRule): string {
  return `lifecycle rule ${id}`;
}

function sameRule(one: LifecycleRule, other: LifecycleRule): boolean {
  const parts = (rule: LifecycleRule): string =>
    JSON.stringify(Object.entries(rule).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return parts(one) === parts(other);
}
