import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { describeOutcome } from '../model/describe-outcome.ts';
import { runHistory, SHORT } from '../model/run-history.ts';
import { makeTemplate, type Template } from '../model/template.ts';

/** A few small histories; `npm run soak` makes hundreds of larger ones. */
const FIRST_SEED = Number(process.env['HOLDFAST_TEST_SEED'] ?? 1);
const SEEDS = [0, 1, 2].map((number) => FIRST_SEED + number);

let template: Template;

beforeAll(async () => {
  template = await makeTemplate(await findPostgres());
});
afterAll(async () => template[Symbol.asyncDispose]());

test.each(SEEDS)('whatever is asked of history %i, the model knows the answer', async (seed) => {
  const seen = new Set<string>();
  const outcome = await runHistory(seed, SHORT, template, (what) => seen.add(what));
  expect(describeOutcome(outcome)).toContain('is as the model says');
  expect([...seen].some((what) => what.startsWith('recovered:'))).toBe(true);
});
