import type { StackEdge } from './stack-edges.ts';
import type { StackNode } from './stack-nodes.ts';

/** What is drawn in the end. */
export interface Drawing {
  readonly nodes: readonly StackNode[];
  readonly edges: readonly StackEdge[];
}

/** Begins a line in a label. */
const LINE = '<br/>';

/**
 * Draws what sets something off without a node of its own: as the words of the arrow that it makes, or,
 * where nothing in the drawing sets it off in turn, as a line of what it starts.
 */
export function foldTriggers({ nodes, edges }: Drawing): Drawing {
  return nodes.filter(({ shape }) => shape === 'triggers').reduce(foldTrigger, { nodes, edges });
}

function foldTrigger({ nodes, edges }: Drawing, { id, label }: StackNode): Drawing {
  const causes = edges.filter(({ to }) => to === id);
  const effects = new Set(edges.filter(({ from }) => from === id).map(({ to }) => to));
  const others = edges.filter(({ from, to }) => from !== id && to !== id);
  const arrows = causes
    .flatMap(({ from }) => [...effects].map((to) => ({ from, to, label })))
    .filter(({ from, to }) => from !== to);
  const kept = nodes.filter((node) => node.id !== id);
  const told = kept.map((node) =>
    effects.has(node.id) ? { ...node, label: `${node.label}${LINE}${label}` } : node,
  );
  return { nodes: causes.length === 0 ? told : kept, edges: [...others, ...arrows] };
}
