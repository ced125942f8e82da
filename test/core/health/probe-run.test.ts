import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { HealthThresholds } from '../../../lib/core/config/health-thresholds.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { databaseCheck, serverCheck, type SqlCheck } from '../../../lib/core/health/check.ts';
import { REACHABLE_CHECKS } from '../../../lib/core/health/checks/availability.ts';
import { ok, waiting } from '../../../lib/core/health/judgement.ts';
import { afterRun, probeMemory } from '../../../lib/core/health/probe-memory.ts';
import { type ProbeContext, type ProbeRun, runProbe } from '../../../lib/core/health/probe-run.ts';
import type { HealthSession } from '../../../lib/core/ports/health-session.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';

const FACTS = {
  version: 180_001,
  inRecovery: false,
  now: new Date(0),
  startedAt: new Date(0),
  user: 'holdfast_monitor',
  settings: {},
  extensions: {},
  functions: [],
  databases: ['orders'],
};
const ABOUT = {
  name: 'made-up',
  tier: 'C',
  group: 'workload',
  about: 'a test is made',
  needs: 'nothing',
  look: 'nothing',
  source: 'a test',
  row: z.object({}),
} as const;

/** A server that answers what `query` gives. */
function contextOf(
  clock: FakeClock,
  query: HealthSession['query'],
  signal = new AbortController().signal,
): ProbeContext {
  const store = new MemoryObjectStore();
  return {
    cluster: { cluster: 'orders', volumeBytes: undefined, isWriter: true, rpoSec: 300 },
    thresholds: HealthThresholds.parse({}),
    sessions: { open: async () => ({ query, [Symbol.asyncDispose]: async () => undefined }) },
    certificate: async () => undefined,
    store: async () => store,
    clock,
    signal,
  };
}

const asking = (text: string, judge = ok('seen')): SqlCheck =>
  serverCheck({ ...ABOUT, id: text, query: () => text, judge: () => judge });

/** Answers `hang` never, and the rest at once. */
const hanging: HealthSession['query'] = async (statement, _timeoutMs, { signal } = {}) => {
  if (statement !== 'hang') return { rows: [FACTS] };
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
};
const standings = ({ results }: ProbeRun): Record<string, string> =>
  Object.fromEntries(results.map(({ id, standing }) => [id, standing]));

describe('the time of a run', () => {
  test('ends after 25 seconds, and what is left has failed for that reason', async () => {
    const clock = fakeClock();
    const inDatabase = databaseCheck({
      ...ABOUT,
      id: 'C9',
      query: () => 'x',
      judge: () => ok('seen'),
    });
    const checks = {
      sql: [asking('fine'), asking('hang'), asking('later'), inDatabase],
      facts: REACHABLE_CHECKS,
    };
    const running = runProbe(checks, probeMemory().state, contextOf(clock, hanging));
    await clock.advance(25_000);
    const run = await running;
    expect(standings(run)).toMatchObject({ fine: 'ok', hang: 'failed', later: 'failed', B1: 'ok' });
    expect(run.results.find(({ id }) => id === 'later')?.says).toMatch(
      /^PG-TIMEOUT: the probe took longer than 25 s/,
    );
    expect(run.isUp).toBe(true);
  });

  test('is what whoever probes says', async () => {
    const clock = fakeClock();
    const context = { ...contextOf(clock, hanging), limitMs: 10_000 };
    const checks = { sql: [asking('hang')], facts: [] };
    const running = runProbe(checks, probeMemory().state, context);
    await clock.advance(10_000);
    expect((await running).results[0]?.says).toContain('longer than 10 s');
  });

  test('ends with the process, and nothing is told then', async () => {
    const over = new AbortController();
    const checks = { sql: [asking('hang')], facts: [] };
    const context = contextOf(fakeClock(), hanging, over.signal);
    const running = runProbe(checks, probeMemory().state, context);
    over.abort(new OpsError('ABORTED', 'enough'));
    expect(await codeOf(running)).toBe('ABORTED');
  });
});

test('a check compares with its own run before, whenever that was', async () => {
  const clock = fakeClock();
  const seen: (string | undefined)[] = [];
  const counting = (id: string): SqlCheck =>
    serverCheck({
      ...ABOUT,
      id,
      query: () => 'x',
      judge: (_rows, { before }) => {
        seen.push(before && `${id} at ${before.at.getUTCMinutes()}`);
        return waiting({ [id]: 1 });
      },
    });
  const context = contextOf(clock, hanging);
  const both = { sql: [counting('C1'), counting('C2')], facts: [] };
  const first = await runProbe(both, probeMemory().state, context);
  let state = afterRun(probeMemory().state, first);
  await clock.advance(60_000);
  state = afterRun(state, await runProbe({ sql: [counting('C1')], facts: [] }, state, context));
  await clock.advance(60_000);
  await runProbe(both, state, context);
  expect(seen).toEqual([undefined, undefined, 'C1 at 0', 'C1 at 1', 'C2 at 0']);
});

test('a run counts what it waited for answers', async () => {
  const clock = fakeClock();
  const slow: HealthSession['query'] = async () => {
    await clock.sleep(10);
    return { rows: [FACTS] };
  };
  const running = runProbe(
    { sql: [asking('x')], facts: [] },
    probeMemory().state,
    contextOf(clock, slow),
  );
  await clock.advance(1_000);
  // Of the facts, the functions, three times of the clock, and the check.
  expect((await running).cost).toEqual({ serverMs: 60, wallMs: 60 });
});
