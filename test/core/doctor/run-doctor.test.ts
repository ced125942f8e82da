import { expect, test } from 'vitest';
import { ALL_CHECKS } from '../../../lib/core/doctor/all-checks.ts';
import { AREAS, type Check, fail, ok, warn } from '../../../lib/core/doctor/check.ts';
import { factFrom, unnamedFact } from '../../../lib/core/doctor/fact.ts';
import type { Fact, FactName, FactSources } from '../../../lib/core/doctor/facts.ts';
import { type DoctorReport, runDoctor } from '../../../lib/core/doctor/run-doctor.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const clock = fakeClock();
const { signal } = new AbortController();

/** Sources of which only those given are named. */
function sources(given: Partial<FactSources>): FactSources {
  return new Proxy(given, {
    get: (target, name) => Reflect.get(target, name) ?? unnamedFact('--host'),
  }) as FactSources;
}

function fact<T>(gather: () => Promise<T>): Fact<T> {
  const source = { what: 'the server', deadlineMs: 5_000, overdue: 'PG-TIMEOUT' as const };
  return factFrom({ ...source, gather });
}

function wants(id: string, ...names: readonly FactName[]): Check {
  const judge: Check['judge'] = (see) => ok(names.map((name) => JSON.stringify(see(name))).join());
  return { id, area: 'server', about: 'a test', judge };
}

async function diagnose(
  checks: readonly Check[],
  given: Partial<FactSources>,
): Promise<DoctorReport> {
  return runDoctor(checks, sources(given), { clock, signal });
}

function briefly({ checks }: DoctorReport): readonly (readonly unknown[])[] {
  return checks.map(({ id, status, code, saw }) => [id, status, code ?? saw]);
}

test('the table has at least 30 checks, each with an id of its own', () => {
  const ids = ALL_CHECKS.map(({ id }) => id);
  expect(ids.length).toBeGreaterThanOrEqual(30);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
});

test('every area has checks, and they are reported in its order', async () => {
  const used = new Set(ALL_CHECKS.map(({ area }) => area));
  expect(AREAS.filter((area) => !used.has(area))).toEqual([]);
  const report = await diagnose(ALL_CHECKS.toReversed(), {});
  expect([...new Set(report.checks.map(({ area }) => area))]).toEqual([...AREAS]);
});

test('with nothing named, every check says what to name, and none is ok', async () => {
  const report = await diagnose(ALL_CHECKS, {});
  expect(report.checks.filter(({ status }) => status !== 'skipped')).toEqual([]);
  expect(report.checks.filter(({ saw }) => !saw.includes('--host'))).toEqual([]);
});

test('a warning leaves the report ok, a failure does not', async () => {
  const warning: Check = { ...wants('w'), judge: () => warn('a', 'b') };
  const failure: Check = { ...wants('f'), judge: () => fail('a', 'b') };
  expect((await diagnose([warning], {})).ok).toBe(true);
  expect((await diagnose([warning, failure], {})).ok).toBe(false);
});

test('what cannot be seen fails the first check that wants it; the others name that one', async () => {
  const hint = 'start it';
  const server = fact(async () => Promise.reject(new OpsError('PG-CONNECT', 'refused', { hint })));
  const heartbeat = fact(async () => true);
  const checks = [wants('first', 'server'), wants('second', 'server'), wants('third', 'heartbeat')];
  const report = await diagnose(checks, { server, heartbeat });
  expect(briefly(report)).toEqual([
    ['first', 'fail', 'PG-CONNECT'],
    ['second', 'skipped', 'PG-CONNECT'],
    ['third', 'ok', 'true'],
  ]);
  expect(report.checks[0]).toMatchObject({ saw: 'refused', fix: hint });
  expect(report.checks[1]?.saw).toBe('not seen: first failed');
});

test('whoever depends on a fact that failed is blind for the same reason', async () => {
  const lineage = fact(async () => Promise.reject(new OpsError('STORE-MISSING', 'no store')));
  const source = { what: 'the store', deadlineMs: 5_000, overdue: 'STORE-TIMEOUT' as const };
  const writer = factFrom({ ...source, gather: async (_, find) => void (await find('lineage')) });
  const checks = [wants('store', 'lineage'), wants('writer', 'writer')];
  expect(briefly(await diagnose(checks, { lineage, writer }))).toEqual([
    ['store', 'fail', 'STORE-MISSING'],
    ['writer', 'skipped', 'STORE-MISSING'],
  ]);
});

test('a fact is gathered once, however many want it', async () => {
  let times = 0;
  const heartbeat = fact(async () => {
    times += 1;
    return true;
  });
  await diagnose([wants('a', 'heartbeat'), wants('b', 'heartbeat')], { heartbeat });
  expect(times).toBe(1);
});

test('a fact that never comes is late for its own checks only', async () => {
  const own = fakeClock();
  const server = fact(async () => new Promise<never>(() => undefined));
  const heartbeat = fact(async () => true);
  const running = runDoctor(
    [wants('late', 'server'), wants('there', 'heartbeat')],
    sources({ server, heartbeat }),
    { clock: own, signal },
  );
  await own.advance(5_000);
  expect(briefly(await running)).toEqual([
    ['late', 'fail', 'PG-TIMEOUT'],
    ['there', 'ok', 'true'],
  ]);
});

test('a judgement that throws is a failure of its own', async () => {
  const broken: Check = {
    ...wants('broken'),
    judge: () => {
      throw new TypeError('of undefined');
    },
  };
  expect(briefly(await diagnose([broken, { ...wants('next'), judge: () => ok('x') }], {}))).toEqual(
    [
      ['broken', 'fail', 'INTERNAL'],
      ['next', 'ok', 'x'],
    ],
  );
});

test('ends with the reason of an abort', async () => {
  const stop = new AbortController();
  const reason = new OpsError('ABORTED', 'ended by SIGINT');
  const server = fact(async () => {
    stop.abort(reason);
    throw new Error('socket closed');
  });
  const running = runDoctor([wants('x', 'server')], sources({ server }), {
    clock,
    signal: stop.signal,
  });
  await expect(running).rejects.toBe(reason);
});
