const BEGIN = '<!-- drawn by scripts/draw-stacks.ts: begin -->';
const END = '<!-- drawn by scripts/draw-stacks.ts: end -->';

/**
 * A document with `drawing` between its marks, in the place of the one before.
 *
 * @throws RangeError when the document has not both marks, once each.
 */
export function withDrawing(document: string, drawing: string): string {
  const [before, inner, ...more] = document.split(BEGIN);
  const [, after, ...rest] = (inner ?? '').split(END);
  if (before === undefined || after === undefined || more.length > 0 || rest.length > 0) {
    throw new RangeError(`the document must have ${BEGIN} and ${END}, once each`);
  }
  return `${before}${BEGIN}\n\n\`\`\`mermaid\n${drawing}\n\`\`\`\n\n${END}${after}`;
}
