import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hasInPlaceTablespaces,
  identityMapping,
  placeTablespaces,
  type TablespaceSource,
} from '../../../../lib/core/restore/tablespaces/place-tablespaces.ts';
import { NO_MAPPING } from '../../../../lib/core/restore/tablespaces/tablespace-mapping.ts';

const FAST = { oid: '16385', name: 'fast', location: '/old/fast', bytes: 10 };
const SLOW = { oid: '16386', name: 'slow', location: '/old/slow', bytes: 20 };
const WITHIN = { oid: '16387', name: 'within', location: 'pg_tblspc/16387', bytes: 5 };
const YOUNG = { oid: '16400', location: '/old/young', lsn: 0x300_0028n };

function source(
  tablespaces: TablespaceSource['backup']['tablespaces'],
  createdTablespaces: TablespaceSource['createdTablespaces'] = [],
): TablespaceSource {
  return { backup: { id: 'b', tablespaces }, createdTablespaces };
}

const MAPPING = new Map([
  ['/old/fast', '/new/fast'],
  ['/old/slow', '/new/slow'],
]);

describe('placeTablespaces', () => {
  test('gives each its new place, and leaves alone what lies in the data directory', () => {
    expect(placeTablespaces(source([FAST, SLOW, WITHIN]), MAPPING)).toMatchObject([
      { oids: ['16385'], from: '/old/fast', to: '/new/fast', bytes: 10, createdAt: undefined },
      { oids: ['16386'], from: '/old/slow', to: '/new/slow', bytes: 20, createdAt: undefined },
    ]);
    expect(placeTablespaces(source([WITHIN]), NO_MAPPING)).toEqual([]);
  });

  test('lets one that was created at the place of another share its new place', () => {
    const again = { ...YOUNG, location: '/old/fast/' };
    const later = { ...again, oid: '16401', lsn: 0x400_0000n };
    const places = placeTablespaces(source([FAST, SLOW], [again, later]), MAPPING);
    expect(places).toMatchObject([
      { oids: ['16385'], createdAt: YOUNG.lsn },
      { from: '/old/slow' },
    ]);
  });

  test('fails when one is not mapped, with the option to add', () => {
    expect(() => placeTablespaces(source([FAST, SLOW]), NO_MAPPING)).toThrow(
      expect.objectContaining({
        code: 'BACKUP-TABLESPACE',
        hint: expect.stringContaining("--tablespace-mapping '/old/fast=/new/place'"),
      }),
    );
  });

  test('fails when one that is created since is not mapped, with the point before it', () => {
    expect(() => placeTablespaces(source([FAST, SLOW], [YOUNG]), MAPPING)).toThrow(
      expect.objectContaining({
        code: 'BACKUP-TABLESPACE',
        hint: expect.stringContaining('--to 0/3000028 --exclusive'),
        details: { location: '/old/young', lsn: '0/3000028' },
      }),
    );
  });

  test.each([
    ['names a place where none was', [...MAPPING, ['/old/other', '/new/other']]],
    [
      'brings two together',
      [
        ['/old/fast', '/new'],
        ['/old/slow', '/new'],
      ],
    ],
    [
      'brings one into another',
      [
        ['/old/fast', '/new'],
        ['/old/slow', '/new/below'],
      ],
    ],
  ] as const)('fails when the mapping %s', (_, pairs) => {
    expect(() => placeTablespaces(source([FAST, SLOW]), new Map(pairs))).toThrow(
      expect.objectContaining({ code: 'RESTORE-TABLESPACE' }),
    );
  });

  test('accepts every place as its own, if asked to', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(5), (all, cut) => {
        const made = all.map((name, i) => ({ oid: `${i}`, name, location: `/${name}`, bytes: 1 }));
        const created = made.slice(cut).map(({ oid, location }) => ({ oid, location, lsn: 1n }));
        const met = source(made.slice(0, cut), created);
        const places = placeTablespaces(met, identityMapping(met));
        expect(places.map(({ from, to }) => [from, to])).toEqual(
          all.map((n) => [`/${n}`, `/${n}`]),
        );
      }),
    );
  });
});

describe('hasInPlaceTablespaces', () => {
  test('is about those of the backup and those created since', () => {
    expect(hasInPlaceTablespaces(source([FAST], [YOUNG]))).toBe(false);
    expect(hasInPlaceTablespaces(source([FAST, WITHIN]))).toBe(true);
    expect(hasInPlaceTablespaces(source([FAST], [{ ...YOUNG, location: '' }]))).toBe(true);
  });
});
