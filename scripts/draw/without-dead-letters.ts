import type { Drawing } from './fold-triggers.ts';
import { IN_VAIN } from './role-deeds.ts';

/** Leaves out queues that only take what was tried in vain: every function has one. */
export function withoutDeadLetters({ nodes, edges }: Drawing): Drawing {
  const dead = new Set(
    nodes
      .map(({ id }) => id)
      .filter((id) => {
        const own = edges.filter(({ from, to }) => from === id || to === id);
        return own.length > 0 && own.every(({ label }) => label === IN_VAIN);
      }),
  );
  return {
    nodes: nodes.filter(({ id }) => !dead.has(id)),
    edges: edges.filter(({ from, to }) => !dead.has(from) && !dead.has(to)),
  };
}
