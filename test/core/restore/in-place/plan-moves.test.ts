import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Move,
  planPutBack,
  planSetAside,
  type Scene,
} from '../../../../lib/core/restore/in-place/plan-moves.ts';
import { type MovedTree, movedTree } from './moved-tree.ts';

const ID = '20261122T010203Z';
const DATA = '/pg/data';

/** A cluster with any of the links that a data directory can have. */
const links = fc
  .record({ wal: fc.boolean(), tablespaces: fc.uniqueArray(fc.integer({ min: 1, max: 9 })) })
  .map(({ wal, tablespaces }) => [
    ...(wal ? [{ name: 'pg_wal', text: '../wal', target: '/wal/pg' }] : []),
    ...tablespaces.map((oid) => ({
      name: `pg_tblspc/${oid}`,
      text: `/space/${oid}`,
      target: `/space/${oid}`,
    })),
  ]);

type Moved = Parameters<typeof planSetAside>[0];

function clusterWith(list: Moved['links']): { readonly moved: Moved; readonly tree: MovedTree } {
  const tree = movedTree(
    { [DATA]: 'old', ...Object.fromEntries(list.map(({ target }) => [target, 'old'])) },
    Object.fromEntries(list.map(({ name, text }) => [`${DATA}/${name}`, text])),
  );
  return { moved: { id: ID, dataDirectory: DATA, links: list }, tree };
}

/** Makes moves as a process does that is killed after each of `lives` moves, and is started again. */
function makeAll(
  plan: (moved: Moved, scene: Scene) => readonly Move[],
  { moved, tree }: { readonly moved: Moved; readonly tree: MovedTree },
  lives: readonly number[],
): void {
  for (const length of [...lives, Number.POSITIVE_INFINITY]) {
    for (const move of plan(moved, tree.scene).slice(0, length)) tree.apply(move);
  }
}

/** What a recovery leaves that came as far as `parts` of the places. */
function recoveredInto(list: Moved['links'], parts: number): MovedTree {
  const { tree: aside, moved } = clusterWith(list);
  makeAll(planSetAside, { moved, tree: aside }, []);
  const made = list.slice(0, parts);
  const picture = aside.picture();
  const directories = Object.fromEntries(
    picture
      .filter((line) => line.includes(': '))
      .map((line) => line.split(': ') as [string, string]),
  );
  const texts = Object.fromEntries(
    picture
      .filter((line) => line.includes(' -> '))
      .map((line) => line.split(' -> ') as [string, string]),
  );
  return movedTree(
    {
      ...directories,
      [DATA]: 'new',
      ...Object.fromEntries(made.map(({ target }) => [target, 'new'])),
    },
    { ...texts, ...Object.fromEntries(made.map(({ name, text }) => [`${DATA}/${name}`, text])) },
  );
}

const lives = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 });

describe('planSetAside', () => {
  test('moves everything aside, and its links follow it', () => {
    const { moved, tree } = clusterWith([{ name: 'pg_wal', text: '../wal', target: '/wal/pg' }]);
    makeAll(planSetAside, { moved, tree }, []);
    expect(tree.picture()).toEqual([
      `${DATA}.set-aside-${ID}/pg_wal -> /wal/pg.set-aside-${ID}`,
      `${DATA}.set-aside-${ID}: old`,
      `/wal/pg.set-aside-${ID}: old`,
    ]);
  });

  test('from every point of interruption comes to the same end', () => {
    fc.assert(
      fc.property(links, lives, (list, killed) => {
        const straight = clusterWith(list);
        makeAll(planSetAside, straight, []);
        const broken = clusterWith(list);
        makeAll(planSetAside, broken, killed);
        expect(broken.tree.picture()).toEqual(straight.tree.picture());
      }),
    );
  });

  test('never leaves a data directory in place whose links lead elsewhere', () => {
    fc.assert(
      fc.property(links, fc.nat({ max: 30 }), (list, count) => {
        const { moved, tree } = clusterWith(list);
        const whole = tree.picture();
        for (const move of planSetAside(moved, tree.scene).slice(0, count)) tree.apply(move);
        const isUntouched = JSON.stringify(tree.picture()) === JSON.stringify(whole);
        expect(tree.scene(DATA) === 'absent' || isUntouched).toBe(true);
      }),
    );
  });
});

describe('planPutBack', () => {
  test('from every point of a setting aside and of itself, the old cluster is as it was', () => {
    fc.assert(
      fc.property(links, fc.nat({ max: 30 }), lives, (list, count, killed) => {
        const { moved, tree } = clusterWith(list);
        const before = tree.picture();
        for (const move of planSetAside(moved, tree.scene).slice(0, count)) tree.apply(move);
        makeAll(planPutBack, { moved, tree }, killed);
        expect(tree.picture()).toEqual(before);
      }),
    );
  });

  test('keeps whatever a recovery made, led to its own files, and puts the old cluster back', () => {
    fc.assert(
      fc.property(links, fc.nat({ max: 10 }), lives, (list, parts, killed) => {
        const { moved, tree: old } = clusterWith(list);
        const tree = recoveredInto(list, parts);
        makeAll(planPutBack, { moved, tree }, killed);
        const made = list.slice(0, parts);
        const kept = [
          `${DATA}.rolled-back-${ID}: new`,
          ...made.map(({ target }) => `${target}.rolled-back-${ID}: new`),
          ...made.map(
            ({ name, target }) =>
              `${DATA}.rolled-back-${ID}/${name} -> ${target}.rolled-back-${ID}`,
          ),
        ];
        expect(tree.picture()).toEqual([...old.picture(), ...kept].toSorted());
      }),
    );
  });

  test('leaves nothing to do when all is back', () => {
    fc.assert(
      fc.property(links, (list) => {
        const { moved, tree } = clusterWith(list);
        expect(planPutBack(moved, tree.scene)).toEqual([]);
      }),
    );
  });
});
