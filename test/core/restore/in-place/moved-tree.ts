import type { Move, Scene } from '../../../../lib/core/restore/in-place/plan-moves.ts';

/** Directories by what they are, and links below them: all that moves can change. */
export interface MovedTree {
  readonly scene: Scene;
  apply(move: Move): void;
  /** Every path with what is there, in order. */
  picture(): readonly string[];
}

/**
 * A tree of named directories.
 *
 * @param directories - what is at each path.
 * @param links - where the links below them lead.
 */
export function movedTree(
  directories: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
): MovedTree {
  const content = new Map(Object.entries(directories));
  const texts = new Map(Object.entries(links));
  return {
    scene: (path) => {
      const linkText = texts.get(path);
      if (linkText !== undefined) return { linkText };
      return content.has(path) ? 'present' : 'absent';
    },
    apply: (move) => {
      if (move.kind === 'relink') {
        if (!texts.has(move.link)) throw new Error(`there is no link ${move.link}`);
        texts.set(move.link, move.text);
        return;
      }
      const { from, to } = move;
      const what = content.get(from);
      if (what === undefined || content.has(to)) throw new Error(`${from} cannot become ${to}`);
      content.delete(from);
      content.set(to, what);
      for (const [link, text] of [...texts].filter(([path]) => path.startsWith(`${from}/`))) {
        texts.delete(link);
        texts.set(`${to}${link.slice(from.length)}`, text);
      }
    },
    picture: () =>
      [
        ...[...content].map(([path, what]) => `${path}: ${what}`),
        ...[...texts].map(([link, text]) => `${link} -> ${text}`),
      ].toSorted(),
  };
}
