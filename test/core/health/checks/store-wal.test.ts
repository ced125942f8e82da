import { describe, expect, test } from 'vitest';
import { STORE_WAL_CHECKS } from '../../../../lib/core/health/checks/store-wal.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { judgedFact, judgedWithout } from './judged-fact.ts';

const CHECK = checkOf(STORE_WAL_CHECKS, 'A5');
const NAME = '000000010000000000000007';

describe('A5 wal-not-in-store', () => {
  test('pages while what was archived last is not in the store', async () => {
    const missing = await judgedFact(CHECK, 'lastArchived', { name: NAME, isStored: false });
    expect(missing).toMatchObject({ standing: 'page', values: { WalMissingInStore: 1 } });
    expect(missing.says).toContain(NAME);
  });

  test('is fine once it is, and before anything was archived', async () => {
    for (const fact of [{ name: NAME, isStored: true }, undefined]) {
      const result = await judgedFact(CHECK, 'lastArchived', fact);
      expect(result).toMatchObject({ standing: 'ok', values: { WalMissingInStore: 0 } });
    }
  });

  test('is blind where nobody asks the store, or may not', async () => {
    for (const result of [await judgedWithout(CHECK), await judgedWithout(CHECK, 'AWS-DENIED')]) {
      expect(result).toMatchObject({ standing: 'blind' });
      expect(result.values).toBeUndefined();
    }
    expect(await judgedWithout(CHECK, 'PG-TIMEOUT')).toMatchObject({ standing: 'failed' });
  });
});
