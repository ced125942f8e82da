import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { alarmsOf } from '../support/alarms.ts';
import { synthesize } from '../support/synthesis.ts';

const RUNBOOK = readFileSync(resolve(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');

test('every alarm links to a heading of the runbook', () => {
  const headings = new Set([...RUNBOOK.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading));
  const missing = alarmsOf(synthesize())
    .map(({ id }) => id)
    .filter((id) => !headings.has(id));
  expect(missing).toEqual([]);
});
