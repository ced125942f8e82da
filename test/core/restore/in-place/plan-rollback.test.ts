import { describe, expect, test } from 'vitest';
import { planRollback } from '../../../../lib/core/restore/in-place/plan-rollback.ts';
import { movedTree } from './moved-tree.ts';
import { DATA, ID, journalIn } from './sample-journal.ts';

const ASIDE = `${DATA}.set-aside-${ID}`;
const AWAY = `${DATA}.rolled-back-${ID}`;

describe('planRollback', () => {
  test('refuses where nothing was recovered in place', () => {
    const { scene } = movedTree({ [DATA]: 'old' }, {});
    expect(() => planRollback(DATA, undefined, scene)).toThrow(
      expect.objectContaining({ code: 'RESTORE-ROLLBACK' }),
    );
  });

  test.each(['recovering', 'recovered'] as const)(
    'refuses a recovery that is %s when what was set aside is gone',
    (phase) => {
      const { scene } = movedTree({ [DATA]: 'new' }, {});
      expect(() => planRollback(DATA, journalIn(phase), scene)).toThrow(
        expect.objectContaining({ code: 'RESTORE-ROLLBACK' }),
      );
    },
  );

  test('names where the old directory lies and where the recovered one will be kept', () => {
    const { scene } = movedTree({ [DATA]: 'new', [ASIDE]: 'old' }, {});
    const plan = planRollback(DATA, journalIn('recovered'), scene);
    expect(plan).toMatchObject({ oldDirectory: ASIDE, rolledBack: AWAY });
  });

  test('has nothing to keep when the recovery had made nothing', () => {
    const { scene } = movedTree({ [ASIDE]: 'old' }, {});
    expect(planRollback(DATA, journalIn('setting-aside'), scene).rolledBack).toBeUndefined();
  });

  test('has nothing left to do after it is done', () => {
    const { scene } = movedTree({ [DATA]: 'old', [AWAY]: 'new', '/wal/pg': 'old' }, {});
    const plan = planRollback(DATA, journalIn('put-back'), scene);
    expect(plan).toMatchObject({ oldDirectory: DATA, rolledBack: AWAY, moves: [] });
  });
});
