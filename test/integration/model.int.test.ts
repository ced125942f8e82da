import { afterAll, beforeAll, test } from 'vitest';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { describeOutcome } from '../model/describe-outcome.ts';
import { SHORT } from '../model/run-history.ts';
import { startHistory } from '../model/start-history.ts';
import { makeTemplate, type Template } from '../model/template.ts';

/** Two small histories; `npm run soak` makes hundreds of larger ones. */
const FIRST_SEED = Number(process.env['HOLDFAST_TEST_SEED'] ?? 1);
const SEEDS = [0, 1].map((number) => FIRST_SEED + number);

let template: Template & AsyncDisposable;

beforeAll(async () => {
  template = await makeTemplate(await findPostgres());
});
afterAll(async () => template[Symbol.asyncDispose]());

test.concurrent.for(SEEDS)(
  'whatever happens in history %i, and whatever is asked of it, the model knows the answer',
  async (seed, { signal, expect }) => {
    const outcome = await startHistory(seed, SHORT, template, { signal });
    expect(describeOutcome(outcome)).toContain('is as the model says');
    const seen = Object.keys(outcome.counts);
    expect(seen).toContain('step: storm');
    expect(seen.some((what) => what.startsWith('recovered:'))).toBe(true);
  },
);
