import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VaultSettings } from '../../../../lib/core/config/vault-settings.ts';
import { vaultDifferences } from '../../../../lib/core/health/estate/vault-differences.ts';
import { DEPLOYED } from './deployed-vault.ts';

describe('vaultDifferences', () => {
  test('finds none in a bucket as it was deployed, in whatever order S3 tells of it', () => {
    const { lifecycle, denials } = DEPLOYED;
    const turned = lifecycle.map((rule) =>
      Object.fromEntries(Object.entries(rule).toReversed()),
    ) as VaultSettings['lifecycle'];
    const seen = {
      ...DEPLOYED,
      lifecycle: turned.toReversed(),
      denials: denials.toReversed(),
    };
    expect(vaultDifferences(DEPLOYED, seen)).toEqual([]);
  });

  test.each<[string, Partial<VaultSettings>, string]>([
    ['versioning is off', { versioned: false }, 'versioning is switched off'],
    ['new objects get no lock', { lock: null }, 'object lock new objects get none'],
    [
      'a lock is shorter',
      { lock: { mode: 'COMPLIANCE', days: 41 } },
      'object lock lasts 41 days, not 42',
    ],
    [
      'a lock is weaker',
      { lock: { mode: 'GOVERNANCE', days: 42 } },
      'object lock is GOVERNANCE, not COMPLIANCE',
    ],
    ['the key is another', { keyArn: 'arn:other' }, 'encryption key is another by default'],
    ['the key is none', { keyArn: '' }, 'encryption key is none of KMS by default'],
    [
      'the public may come in',
      { blocksPublicAccess: false },
      'public access block is switched off',
    ],
    ['objects have other owners', { ownsObjects: false }, 'object ownership is switched off'],
    ['a rule is gone', { lifecycle: [] }, 'lifecycle rule ExpireWhatIsDue is gone, or off'],
    [
      'a rule expires all',
      { lifecycle: [{ id: 'ExpireWhatIsDue', expireDays: 1 }] },
      'lifecycle rule ExpireWhatIsDue was changed',
    ],
    [
      'there is one rule more',
      { lifecycle: [...DEPLOYED.lifecycle, { id: 'Mine', expireDays: 3 }] },
      'lifecycle rule Mine is nobody’s',
    ],
    [
      'a denial is gone',
      { denials: ['NobodyOverwrites'] },
      'statement NobodyDeletes no longer denies everybody',
    ],
    ['somebody is let in', { allowances: 1 }, 'bucket policy allows 1 more than was deployed'],
  ])('names the setting when %s', (_, changed, words) => {
    const found = vaultDifferences(DEPLOYED, { ...DEPLOYED, ...changed });
    expect(found.map(({ subject, says }) => `${subject} ${says}`)).toContain(words);
  });

  test('finds nothing wrong in a longer lock, or in one more denial', () => {
    const seen = {
      ...DEPLOYED,
      lock: { mode: 'COMPLIANCE', days: 400 },
      denials: [...DEPLOYED.denials, 'More'],
    } as const;
    expect(vaultDifferences(DEPLOYED, { ...seen, denials: [...seen.denials] })).toEqual([]);
  });

  test('says nothing of what could not be seen', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(DEPLOYED) as (keyof VaultSettings)[]), (names) => {
        const seen = Object.fromEntries(names.map((name) => [name, DEPLOYED[name]]));
        expect(vaultDifferences(DEPLOYED, seen)).toEqual([]);
      }),
    );
  });
});
