import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../infra/support/faults.ts';
import { MINIMAL } from '../infra/support/inputs.ts';
import { codeOf, shellBlocks } from '../support/markdown-commands.ts';
import { rowsBelow } from '../support/markdown-tables.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'lib/infra/host/bundle');
const GUIDE = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
const code = codeOf(GUIDE);
const blocks = shellBlocks(GUIDE).join('\n');

/** What `pattern` finds in the code of the guide, each once. */
function named(pattern: RegExp): readonly string[] {
  return [
    ...new Set(code.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name))),
  ];
}

function isProgram(name: string): boolean {
  const path = join(BUNDLE, name);
  return existsSync(path) && (statSync(path).mode & 0o111) === 0o111;
}

describe('the guide to operations', () => {
  test('has a chapter for each operation of its table', () => {
    const chapters = new Set([...GUIDE.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading));
    const rows = rowsBelow(GUIDE, '# Operate').map(([cell = '']) => /\[([^\]]+)\]/.exec(cell)?.[1]);
    expect(rows.length).toBeGreaterThanOrEqual(8);
    expect(rows.filter((row) => !chapters.has(row ?? ''))).toEqual([]);
  });

  test('says of each what it costs, how to see that it worked, and the way back', () => {
    const [, ...chapters] = GUIDE.split(/^## /m);
    const operations = rowsBelow(GUIDE, '# Operate').map(
      ([cell = '']) => /\[([^\]]+)\]/.exec(cell)?.[1],
    );
    const lacking = operations.flatMap((name) => {
      const chapter = chapters.find((text) => text.startsWith(`${name}\n`)) ?? '';
      const worked = /It worked when|df -h/;
      return [/\*\*Downtime:\*\*/, worked, /\*\*Way back(:\*\*|\*\*,)/]
        .filter((pattern) => !pattern.test(chapter))
        .map((pattern) => `${name}: ${pattern.source}`);
    });
    expect(lacking).toEqual([]);
  });

  test("calls programs of the host's bundle, and verbs that its command line knows", () => {
    expect(
      named(/\/opt\/holdfast\/current\/([a-z-]+)/g).filter((name) => !isProgram(name)),
    ).toEqual([]);
    const verbs = named(/\bholdfast host ([a-z-]+)/g);
    const dispatch = readFileSync(join(BUNDLE, 'holdfast'), 'utf8');
    expect(verbs.length).toBeGreaterThan(0);
    expect(
      verbs.filter((verb) => !dispatch.includes(`'host ${verb}'`) || !isProgram(verb)),
    ).toEqual([]);
  });

  test('starts and stops units that there are', () => {
    const units = named(/systemctl (?:stop|start|restart) ([a-z .-]+)/g).flatMap((words) =>
      words.trim().split(' '),
    );
    const files = units.map((unit) => (unit.includes('.') ? unit : `${unit}.service`));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(BUNDLE, 'units', file)))).toEqual([]);
  });

  test('names fields of a cluster that there are', () => {
    const fields = named(
      /^((?:postgres|instance|volume|retention|onLostData|maintenanceWindow|availabilityZone)\b[\w.]*)$/g,
    );
    expect(fields.length).toBeGreaterThan(5);
    const unknown = fields.filter((field) => {
      const [first = '', second] = field.split('.');
      const cluster = { id: 'orders', [first]: second === undefined ? null : { [second]: null } };
      const faults = faultsOf({ ...MINIMAL, clusters: [cluster] });
      return faults.some((fault) => /unrecognized key/i.test(fault));
    });
    // A setting of PostgreSQL that stands in the file of that name.
    expect(unknown.filter((field) => !field.endsWith('.conf'))).toEqual([]);
  });

  test('never lets the collector of CDK near the images', () => {
    expect(blocks).not.toMatch(/cdk gc|delete-image|batch-delete|put-lifecycle-policy/);
    expect(GUIDE).toMatch(/\*\*Never run `cdk gc`\*\*/);
  });

  test('stops PostgreSQL before its agent, wherever both are stopped', () => {
    const stops = [...blocks.matchAll(/systemctl stop ([a-z -]+)/g)].map(([, units = '']) => units);
    expect(stops.filter((units) => /postgres/.test(units) && /agent/.test(units))).toEqual([]);
    const order = stops.map((units) => (/postgres/.test(units) ? 'postgres' : 'agent'));
    expect(order.filter((one, at) => one !== (at % 2 === 0 ? 'postgres' : 'agent'))).toEqual([]);
  });
});
