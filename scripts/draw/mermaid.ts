import type { StackTemplate } from './stack-templates.ts';
import { foldTriggers } from './fold-triggers.ts';
import { findReferences } from './references.ts';
import { PEOPLE, type StackEdge, stackEdges } from './stack-edges.ts';
import { type Shape, type StackNode, stackNodes } from './stack-nodes.ts';
import { withoutDeadLetters } from './without-dead-letters.ts';

const BRACKETS: Readonly<Record<Shape, readonly [string, string]>> = {
  runs: ['[', ']'],
  kept: ['[(', ')]'],
  passes: ['([', '])'],
  triggers: ['{{', '}}'],
};
/** What everything does alike is drawn with a dotted line. */
const FAINT = new Set(['encrypts']);

/** The stacks of an environment as a Mermaid flowchart. */
export function drawStacks(stacks: readonly StackTemplate[]): string {
  const references = findReferences(stacks);
  const all = stackNodes(references);
  const drawing = foldTriggers({ nodes: all, edges: stackEdges(all, references) });
  const { nodes, edges } = withoutDeadLetters(drawing);
  const boxes = stacks.flatMap(({ id, stackName }) => [
    `  subgraph ${id.replaceAll('-', '_')} [${stackName}]`,
    ...nodes.filter(({ stack }) => stack === id).map((node) => `    ${drawNode(node)}`),
    '  end',
  ]);
  const arrows = drawEdges(edges);
  return ['flowchart LR', ...boxes, `  ${PEOPLE}((on-call))`, ...arrows].join('\n');
}

function drawNode({ id, label, shape }: StackNode): string {
  const [open, close] = BRACKETS[shape];
  return `${id}${open}"${label}"${close}`;
}

/** Edges that say the same, from one node or to the same ones, are one line. */
function drawEdges(edges: readonly StackEdge[]): readonly string[] {
  const fans = [...Map.groupBy(edges, ({ from, label }) => `${from} ${label}`).values()].map(
    (group) => ({
      from: group[0]?.from,
      label: group[0]?.label ?? '',
      to: group.map(({ to }) => to),
    }),
  );
  const bundles = Map.groupBy(fans, ({ label, to }) => `${label} ${to.join(' ')}`);
  return [...bundles.values()].map((group) => {
    const { label = '', to = [] } = group[0] ?? {};
    const arrow = FAINT.has(label) ? '-.->' : '-->';
    const words = label === '' ? '' : `|${label}|`;
    return `  ${group.map(({ from }) => from).join(' & ')} ${arrow}${words} ${to.join(' & ')}`;
  });
}
