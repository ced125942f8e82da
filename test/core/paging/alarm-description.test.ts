import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDescription } from '../../../lib/core/paging/alarm-description.ts';

describe('a description', () => {
  test('says what is wrong, what to look at first and what is at stake', () => {
    expect(
      parseDescription(
        'transactions grow old.\nhttps://example.com/runbook.md#xidsold\nlook: SELECT 1\ntier A, severity page, owner on-call',
      ),
    ).toEqual({ sentence: 'transactions grow old', look: 'SELECT 1', tier: 'A' });
  });

  test.each([undefined, '', '  \n ', 'look: \ntier'])('of %j says nothing more', (text) => {
    expect(parseDescription(text)).toMatchObject({ look: undefined, tier: undefined });
  });

  test('never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseDescription(text).sentence ?? '').not.toContain('\n');
      }),
    );
  });
});
