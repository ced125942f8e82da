import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawStacks } from '../../../scripts/draw/mermaid.ts';
import { synthesizeTemplates } from '../../../scripts/draw/stack-templates.ts';
import { withDrawing } from '../../../scripts/draw/with-drawing.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
/** As many as can be read at a glance. */
const MAX_NODES = 35;

const stacks = synthesizeTemplates('prod');
const drawing = drawStacks(stacks);
const labels = new Map(
  [...drawing.matchAll(/^ +(n\d+)\W+"(.+?)(?:<br\/>.*)?"/gm)].map(([, id = '', label = '']) => [
    id,
    label,
  ]),
);

describe("the README's drawing of the stacks", () => {
  test('is what scripts/draw-stacks.ts draws: run it again when this fails', () => {
    expect(README).toBe(withDrawing(README, drawing));
  });

  test('has a box for each stack, and no more nodes than can be read', () => {
    const boxes = [...drawing.matchAll(/^ {2}subgraph \w+ \[(.+)\]$/gm)].map(([, name]) => name);
    expect(boxes).toEqual(stacks.map(({ stackName }) => stackName));
    expect(labels.size).toBeLessThanOrEqual(MAX_NODES);
  });

  test.each([
    ['start-base-backup', 'starts', 'task holdfast-prod-orders-base-backup'],
    ['judge-task', 'starts', 'task holdfast-prod-orders-base-backup'],
    ['task holdfast-prod-orders-base-backup', 'a task of this cluster has stopped', 'judge-task'],
    ['host: PostgreSQL, agent', 'a host of orders was launched', 'follow-host'],
    ['queue Events', '', 'judge-tags'],
    ['probe-estate', 'reads', 'archive holdfast-prod-orders-111111111111'],
    ['probe-database', 'port 5432', 'host: PostgreSQL, agent'],
    ['rotate-secret', 'rotates', 'secret of holdfast_backup'],
    ['rotate-secret', 'port 5432', 'host: PostgreSQL, agent'],
    ['topic Page', '', 'notify'],
    ['notify', 'asks', 'diagnose'],
    ['notify', 'writes', 'topic PageMessages'],
    ['follow-host', 'points to the host', 'zone prod.holdfast.internal'],
  ])('says: %s %s %s', (from, words, to) => {
    expect(arrows()).toContainEqual({ from, words, to });
  });

  test.each([
    ['audit-archive', 'every 1 hour'],
    ['probe-estate', 'every 1 minute'],
    ['probe-database', 'every 1 minute'],
    ['topic Page', 'alarm for Page'],
  ])('says of %s what sets it off: %s', (name, trigger) => {
    expect(drawing).toMatch(new RegExp(`"${name}<br/>(\\d+ × )?${trigger}"`));
  });

  test('says what each role adds to the archive', () => {
    const adds = arrows().filter(({ words }) => words.startsWith('adds'));
    expect(adds.map(({ from, words }) => `${from} ${words}`)).toEqual([
      'apply-retention adds lease/retention, retention/applied, retention/plan',
      'task holdfast-prod-orders-hash-audit adds audit',
      'audit-archive adds audit',
      'start-hash-audit adds run',
      'judge-task adds run',
      'start-base-backup adds run',
      'judge-task adds run',
      'host: PostgreSQL, agent adds gap, identity, lease/restore, tail, wal-index, wal, writer',
      'task holdfast-prod-orders-base-backup adds base, identity, lease',
      'diagnose adds diagnosis',
    ]);
  });
});

describe('the place of a drawing', () => {
  test('is between two marks, and what stood there goes', () => {
    const [begin = '', end = ''] = README.match(/<!-- drawn by .*? -->/g) ?? [];
    const once = withDrawing(`before ${begin} ${end} after`, 'one');
    expect(once).toMatch(/^before .*\n\n```mermaid\none\n```\n\n.* after$/s);
    expect(withDrawing(once, 'two')).toBe(once.replace('one', 'two'));
  });

  test('fails when a mark is not there, or is there twice', () => {
    const [begin = '', end = ''] = README.match(/<!-- drawn by .*? -->/g) ?? [];
    for (const text of ['', begin, end, `${begin}${begin}${end}`, `${begin}${end}${end}`]) {
      expect(() => withDrawing(text, 'one')).toThrow(RangeError);
    }
  });
});

function arrows(): readonly { from: string; words: string; to: string }[] {
  return [...drawing.matchAll(/^ {2}([\w& ]+) -\.?->(?:\|(.*)\|)? ([\w& ]+)$/gm)].flatMap(
    ([, from = '', words = '', to = '']) =>
      from.split(' & ').flatMap((start) =>
        to.split(' & ').map((end) => ({
          from: labels.get(start) ?? start,
          words,
          to: labels.get(end) ?? end,
        })),
      ),
  );
}
