import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deployedAlarms } from './deployed-alarms.ts';
import { DRILLED, UNDRILLED } from './drilled.ts';
import { namesIn } from './evaluator/alarm-rule.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What the issue of health and alarms asks for. */
const FEWEST = 40;

const alarms = await deployedAlarms();
const drilled = Object.values(DRILLED).flat();
const undrilled = Object.keys(UNDRILLED);

describe('fire drills', () => {
  test('are there for every deployed alarm, or a reason why none is possible', () => {
    const known = new Set([...drilled, ...undrilled]);
    const metricAlarms = alarms.filter(({ kind }) => kind === 'metric').map(({ id }) => id);
    expect(metricAlarms.filter((id) => !known.has(id))).toEqual([]);
  });

  test('are about alarms that there are, each once', () => {
    const ids = new Set(alarms.map(({ id }) => id));
    expect([...drilled, ...undrilled].filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set([...drilled, ...undrilled]).size).toBe(drilled.length + undrilled.length);
  });

  test('drill every alarm that tells of others by one of these', () => {
    const untold = alarms.flatMap((one) => {
      if (one.kind === 'metric' || one.tells.length === 0) return [];
      const members = alarms.filter(({ name }) => namesIn(one.rule).includes(name));
      return members.some(({ id }) => drilled.includes(id)) ? [] : [one.id];
    });
    expect(untold).toEqual([]);
  });

  test('are as many as they should be', () => {
    expect(drilled.length).toBeGreaterThanOrEqual(FEWEST);
  });

  test('lie in files that there are', () => {
    expect(Object.keys(DRILLED).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('that are not possible say why in a sentence', () => {
    for (const why of Object.values(UNDRILLED)) expect(why).toMatch(/^[a-zA-Z].{30,}[^.]$/);
  });
});
