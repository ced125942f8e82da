import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonical,
  formatTablespaceMapping,
  parseTablespaceMapping,
} from '../../../../lib/core/restore/tablespaces/tablespace-mapping.ts';

/** Absolute paths of names that need no backslash of their own at the end. */
const path = fc
  .array(fc.stringMatching(/^[a-z= "'$.]{1,8}$/), { minLength: 1, maxLength: 4 })
  .map((names) => canonical(`/${names.join('/')}`));

describe('parseTablespaceMapping', () => {
  test('reads every pair that was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 5 }), path, (olds, to) => {
        const texts = olds.map((from) => formatTablespaceMapping(from, to));
        expect(parseTablespaceMapping(texts)).toEqual(new Map(olds.map((from) => [from, to])));
      }),
    );
  });

  test('takes paths as PostgreSQL writes them', () => {
    expect(parseTablespaceMapping(['/mnt//fast/=/new/./place/', '/a\\=b=/c\\=d'])).toEqual(
      new Map([
        ['/mnt/fast', '/new/place'],
        ['/a=b', '/c=d'],
      ]),
    );
  });

  test.each([
    ['no equals sign', '/old'],
    ['two of them', '/old=/new=/newer'],
    ['a relative old place', 'old=/new'],
    ['a relative new place', '/old=new'],
    ['no old place', '=/new'],
    ['no new place', '/old='],
    ['only one that belongs to a path', '/old\\=/new'],
    ['nothing', ''],
  ])('fails when there is %s', (_, text) => {
    expect(() => parseTablespaceMapping([text])).toThrow(
      expect.objectContaining({ code: 'RESTORE-TABLESPACE' }),
    );
  });

  test('fails when one place is mapped twice', () => {
    expect(() => parseTablespaceMapping(['/old=/a', '/old/=/b'])).toThrow(
      expect.objectContaining({ code: 'RESTORE-TABLESPACE' }),
    );
  });
});
