import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { planSettings } from '../../../../lib/core/host/settings/plan-settings.ts';
import { bytesOf, hosts } from './hosts.ts';

const Range = z.object({
  type: z.enum(['bool', 'enum', 'integer', 'real', 'string']),
  unit: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.string()).optional(),
});
type Range = z.output<typeof Range>;

/** `pg_settings` of the oldest and the newest version; those between lie between. */
const RANGES = z
  .record(z.string(), z.record(z.string(), Range))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'ranges.json'), 'utf8')));

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600 };

test('every value is one that PostgreSQL takes, in every version that has the setting', () => {
  fc.assert(
    fc.property(hosts, (facts) => {
      // What 18 alone has is set there alone; the others have what 15 has.
      const versions = facts.major === 18 ? ['18'] : ['15', '18'];
      const wrong = [...planSettings(facts).settings].filter(([name, { value }]) =>
        versions.some((version) => !isWithin(value, RANGES[version]?.[name])),
      );
      expect(wrong.map(([name, { value }]) => `${name} = ${value}`)).toEqual([]);
    }),
  );
});

function isWithin(value: string, range: Range | undefined): boolean {
  if (range === undefined) return false;
  const { type, unit, min = 0, max = 0, values = [] } = range;
  if (type === 'string') return true;
  if (type === 'bool') return ['on', 'off'].includes(value);
  if (type === 'enum') return values.includes(value);
  const amount = inUnit(value, unit);
  return amount >= min && amount <= max && (type === 'real' || Number.isInteger(amount));
}

/** A value in the unit in which its range is given. */
function inUnit(value: string, unit: string | undefined): number {
  if (unit === undefined || /^[\d.]+$/.test(value)) return Number(value);
  const [, digits = '', own = ''] = /^(\d+)([a-z]+)$/.exec(value) ?? [];
  const seconds = Number(digits) * (SECONDS[own] ?? Number.NaN);
  if (unit === 's') return seconds;
  if (unit === 'ms') return seconds * 1_000;
  const [, count = ''] = /^(\d*)/.exec(unit) ?? [];
  const base = bytesOf(`${count === '' ? 1 : count}${unit.slice(count.length)}`);
  return unit === 'B' ? bytesOf(value) : bytesOf(value) / base;
}
