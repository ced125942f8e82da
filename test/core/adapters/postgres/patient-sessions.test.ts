import { describe, expect, test } from 'vitest';
import { patientSessions } from '../../../../lib/core/adapters/postgres/patient-sessions.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { HealthSessions } from '../../../../lib/core/ports/health-session.ts';
import { codeOf } from '../../../contract/store-helpers.ts';

interface Attempts {
  readonly sessions: HealthSessions;
  readonly made: () => number;
}

/** Sessions that end with these faults, one attempt each, and then open. */
function failing(...faults: readonly OpsError[]): Attempts {
  let made = 0;
  return {
    made: () => made,
    sessions: {
      open: async () => {
        const fault = faults[made];
        made += 1;
        if (fault !== undefined) throw fault;
        return {
          query: async () => ({ rows: [] }),
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    },
  };
}

const GONE = new OpsError('PG-CONNECT', 'nothing listens there');
const REFUSED = new OpsError('PG-CONNECT', 'no', { details: { sqlState: '28P01' } });

describe('a first session', () => {
  test('is asked for again while the server may come', async () => {
    const { sessions, made } = failing(GONE, GONE);
    await patientSessions(sessions).open();
    expect(made()).toBe(3);
  });

  test('is given up after three attempts, with the last one’s error', async () => {
    const { sessions, made } = failing(GONE, GONE, GONE, GONE);
    expect(await codeOf(patientSessions(sessions).open())).toBe('PG-CONNECT');
    expect(made()).toBe(3);
  });

  test.each([
    { fault: REFUSED, why: 'the server does not want the role' },
    { fault: new OpsError('PG-FAILED', 'no'), why: 'it would fail again' },
  ])('is asked for once where $why', async ({ fault }) => {
    const { sessions, made } = failing(fault);
    expect(await codeOf(patientSessions(sessions).open())).toBe(fault.code);
    expect(made()).toBe(1);
  });

  test('is asked for no more once nobody waits', async () => {
    const over = new AbortController();
    const { sessions, made } = failing(GONE, GONE);
    const opening = patientSessions(sessions).open(undefined, { signal: over.signal });
    over.abort(new OpsError('ABORTED', 'enough'));
    expect(await codeOf(opening)).toBe('ABORTED');
    expect(made()).toBeLessThan(3);
  });
});

test('a session in another database is asked for once', async () => {
  const { sessions, made } = failing(GONE);
  expect(await codeOf(patientSessions(sessions).open('orders'))).toBe('PG-CONNECT');
  expect(made()).toBe(1);
});
