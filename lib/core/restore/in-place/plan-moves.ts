import { type InPlaceJournal, rolledBackPath, setAsidePath } from './in-place-journal.ts';

/** One step of a move; each happens whole or not at all. */
export type Move =
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** The link at `link` leads to `text` from now on. */
  | { readonly kind: 'relink'; readonly link: string; readonly text: string };

/** What is at a path. */
export type Sight = 'absent' | 'present' | { readonly linkText: string };

/** What is at each of the paths of {@link pathsOf}. */
export type Scene = (path: string) => Sight;

type Moved = Pick<InPlaceJournal, 'id' | 'dataDirectory' | 'links'>;

/** All paths that decide what remains to be done. */
export function pathsOf(moved: Moved): readonly string[] {
  const { id, dataDirectory, links } = moved;
  const roots = [dataDirectory, setAsidePath(dataDirectory, id), rolledBackPath(dataDirectory, id)];
  return [
    ...roots,
    ...roots.flatMap((root) => links.map(({ name }) => `${root}/${name}`)),
    ...links.flatMap(({ target }) => [
      target,
      setAsidePath(target, id),
      rolledBackPath(target, id),
    ]),
  ];
}

/**
 * Moves that are left until the old cluster is set aside, whatever part of them was made already.
 *
 * The data directory goes first: from then on no server can be started on it by accident. Links in
 * it are led to where their targets went, so that a server started there by intent finds its own
 * files and never those of the recovery.
 */
export function planSetAside(moved: Moved, scene: Scene): readonly Move[] {
  const { id, dataDirectory, links } = moved;
  const aside = setAsidePath(dataDirectory, id);
  return [
    ...renameUnlessThere(dataDirectory, aside, scene),
    ...links.flatMap(({ name, target }) => {
      const targetAside = setAsidePath(target, id);
      return [
        ...renameUnlessThere(target, targetAside, scene),
        ...relinkUnlessSo(`${aside}/${name}`, targetAside, scene),
      ];
    }),
  ];
}

/**
 * Moves that are left until the old cluster is back in its place and what the recovery made is kept
 * beside it, from wherever either was interrupted. Only together with what was set aside is anything
 * at a place the recovery's. The data directory comes back last, when all behind its links is there.
 */
export function planPutBack(moved: Moved, scene: Scene): readonly Move[] {
  const { id, dataDirectory, links } = moved;
  const aside = setAsidePath(dataDirectory, id);
  const away = rolledBackPath(dataDirectory, id);
  const isReplaced = (path: string): boolean =>
    scene(path) !== 'absent' && scene(setAsidePath(path, id)) !== 'absent';
  const recovered = isReplaced(dataDirectory) ? dataDirectory : away;
  const isAside = scene(aside) !== 'absent';
  return [
    ...(isReplaced(dataDirectory) ? [rename(dataDirectory, away)] : []),
    ...links.flatMap(({ name, target }) => {
      const targetAway = rolledBackPath(target, id);
      const sight = scene(`${recovered}/${name}`);
      const isLinked = typeof sight === 'object' && sight.linkText !== targetAway;
      const isMade = isReplaced(target) || scene(targetAway) !== 'absent';
      return [
        ...(isReplaced(target) ? [rename(target, targetAway)] : []),
        ...(isLinked && isMade ? [relink(`${away}/${name}`, targetAway)] : []),
      ];
    }),
    ...links.flatMap(({ name, target, text }) => {
      const targetAside = setAsidePath(target, id);
      return [
        ...(scene(targetAside) === 'absent' ? [] : [rename(targetAside, target)]),
        ...(isAside ? relinkUnlessSo(`${aside}/${name}`, text, scene) : []),
      ];
    }),
    ...(isAside ? [rename(aside, dataDirectory)] : []),
  ];
}

function renameUnlessThere(from: string, to: string, scene: Scene): readonly Move[] {
  return scene(to) === 'absent' ? [rename(from, to)] : [];
}

function relinkUnlessSo(link: string, text: string, scene: Scene): readonly Move[] {
  const sight = scene(link);
  const isSo = typeof sight === 'object' && sight.linkText === text;
  return isSo ? [] : [relink(link, text)];
}

function rename(from: string, to: string): Move {
  return { kind: 'rename', from, to };
}

function relink(link: string, text: string): Move {
  return { kind: 'relink', link, text };
}
