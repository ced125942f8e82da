import { relative, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { deployedAlarms } from './deployed-alarms.ts';
import { DRILLED } from './drilled.ts';
import { expectDrill } from './expect-drill.ts';
import { type Course, type DrillOutcome, runDrill } from './run-drill.ts';

/** Defines a test that drills one alarm. */
export type DefineDrill = (
  id: string,
  severity: DrillOutcome['severity'],
  /** What real code sends: well, under a fault, and mended. */
  course: () => Promise<Course>,
) => void;

const ROOT = resolve(import.meta.dirname, '../..');

/** The drills of a test file, which must be those that the table of all drills has for it. */
export function drillBook(file: string): DefineDrill {
  const defined: string[] = [];
  afterAll(() => {
    expect(defined.toSorted()).toEqual([...(DRILLED[relative(ROOT, file)] ?? [])].toSorted());
  });
  return (id, severity, course) => {
    defined.push(id);
    test(`${id} fires in time, says what is wrong, and is over in time`, async () => {
      const outcome = runDrill(await deployedAlarms(), id, await course());
      expect(outcome.wasOk).toBe(true);
      expectDrill(outcome, severity);
    });
  };
}
