import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';
import type { CommandName } from '../sweep/commands.ts';
import { planSweep, sampleOf, SHORT } from '../sweep/plan-sweep.ts';
import { createFaultyRunner, type FaultyRunner } from '../sweep/run-faulty.ts';
import { type Subject, subjectsOf } from '../sweep/subject.ts';
import { runTrial, runUndisturbed } from '../sweep/trial.ts';
import { createSweepWorld, type SweepWorld } from '../sweep/world.ts';

/** A sample of what `npm run sweep` does: how many calls of each layer are failed. */
const SAMPLES: readonly (readonly [CommandName, Readonly<Record<string, number>>])[] = [
  ['archive', { store: 5, file: 3, program: 1 }],
  ['agent', { store: 1, file: 2 }],
  ['recover', { store: 1, file: 1, program: 1 }],
  ['backup', { store: 1, file: 1, session: 1 }],
];

const seed = chooseSeed();
let world: SweepWorld;
let runner: FaultyRunner;
let subjects: readonly Subject[];

beforeAll(async () => {
  world = await createSweepWorld();
  runner = createFaultyRunner(world.live.root);
  subjects = await subjectsOf(world);
});
afterAll(async () => world[Symbol.asyncDispose]());

describe('a command that meets one fault', () => {
  test.each(SAMPLES)(
    '%s fails with its code or survives, leaves nothing behind, and comes to the same end when it is run again',
    async (command, sample) => {
      const subject = subjects.find((one) => one.command === command);
      if (subject === undefined) throw new Error(`nobody sweeps ${command}`);
      const undisturbed = await runUndisturbed(subject, runner);
      const faults = planSweep(undisturbed.calls, SHORT, seededRandom(seed));
      const swept = { undisturbed, proven: new Set<string>() };
      for (const fault of sampleOf(faults, sample)) {
        const { outcome, complaints } = await runTrial(subject, runner, swept, fault);
        expect(complaints, `seed ${seed}: ${JSON.stringify(fault)} came to ${outcome}`).toEqual([]);
      }
    },
  );
});
