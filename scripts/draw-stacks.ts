/** Draws the stacks of the prod example, as they are synthesized, into README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { drawStacks } from './draw/mermaid.ts';
import { synthesizeTemplates } from './draw/stack-templates.ts';
import { withDrawing } from './draw/with-drawing.ts';

const README = resolve(import.meta.dirname, '../README.md');

writeFileSync(
  README,
  withDrawing(readFileSync(README, 'utf8'), drawStacks(synthesizeTemplates('prod'))),
);
