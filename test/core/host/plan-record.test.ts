import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRecord, RECORD_TTL_SEC } from '../../../lib/core/host/plan-record.ts';
import type { Host } from '../../../lib/core/ports/host-group.ts';

const OLD = host('i-old', '10.0.0.1', 1);
const NEW = host('i-new', '10.0.0.2', 2);

function host(instanceId: string, address: string, minute: number, lifecycle = 'InService'): Host {
  return { instanceId, address, lifecycle, launchedAt: new Date(Date.UTC(2026, 11, 1, 0, minute)) };
}

const record = (...addresses: string[]) => ({ addresses, ttlSec: RECORD_TTL_SEC });
const pending = (one: Host, lifecycle = 'Pending'): Host => ({ ...one, lifecycle });

describe('the record', () => {
  test.each([
    { what: 'is created', hosts: [NEW], record: undefined, outcome: 'created', to: NEW },
    { what: 'is kept', hosts: [NEW], record: record('10.0.0.2'), outcome: 'kept', to: NEW },
    { what: 'moves', hosts: [NEW], record: record('10.0.0.1'), outcome: 'moved', to: NEW },
    {
      what: 'is corrected when clients would keep it too long',
      hosts: [NEW],
      record: { addresses: ['10.0.0.2'], ttlSec: 300 },
      outcome: 'corrected',
      to: NEW,
    },
    {
      what: 'is corrected when it names another one too',
      hosts: [NEW],
      record: record('10.0.0.1', '10.0.0.2'),
      outcome: 'corrected',
      to: NEW,
    },
    {
      what: 'stays with the one it names, when two are in service',
      hosts: [NEW, OLD],
      record: record('10.0.0.1'),
      outcome: 'kept',
      to: OLD,
    },
    {
      what: 'goes to the newer of two that it does not name',
      hosts: [OLD, NEW],
      record: record('10.0.0.9'),
      outcome: 'moved',
      to: NEW,
    },
    {
      what: 'stays when there is no host',
      hosts: [],
      record: record('10.0.0.1'),
      outcome: 'absent',
      to: undefined,
    },
    {
      what: 'is not made for nobody',
      hosts: [],
      record: undefined,
      outcome: 'absent',
      to: undefined,
    },
    {
      what: 'does not name who is not in service',
      hosts: [pending(NEW), pending(OLD, 'Terminating:Wait')],
      record: record('10.0.0.1'),
      outcome: 'absent',
      to: undefined,
    },
  ])('$what', ({ hosts, record: known, outcome, to }) => {
    const plan = planRecord({ hosts, launched: undefined, record: known });
    expect(plan).toMatchObject({ outcome, host: to });
  });
});

describe('after a launch', () => {
  test.each(['Pending', 'Pending:Wait', 'Pending:Proceed', 'InService'])(
    'the record names the new host while it is %s',
    (lifecycle) => {
      const hosts = [pending(NEW, lifecycle)];
      const plan = planRecord({ hosts, launched: 'i-new', record: record('10.0.0.1') });
      expect(plan).toMatchObject({ outcome: 'moved', host: { instanceId: 'i-new' } });
    },
  );

  test('the record stays with a host that still serves', () => {
    const hosts = [OLD, pending(NEW)];
    const plan = planRecord({ hosts, launched: 'i-new', record: record('10.0.0.1') });
    expect(plan).toMatchObject({ outcome: 'kept', hostsInService: 1 });
  });

  test('that is told late the record does not go back', () => {
    const plan = planRecord({ hosts: [NEW], launched: 'i-old', record: record('10.0.0.2') });
    expect(plan).toMatchObject({ outcome: 'kept', host: NEW });
  });

  test('of an instance that is gone again nobody is named', () => {
    const plan = planRecord({ hosts: [], launched: 'i-old', record: record('10.0.0.2') });
    expect(plan).toMatchObject({ outcome: 'absent', hostsInService: 0 });
  });
});

const hosts = fc.uniqueArray(
  fc.record({
    instanceId: fc.constantFrom('i-1', 'i-2', 'i-3'),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
    lifecycle: fc.constantFrom('Pending', 'Pending:Wait', 'InService', 'Terminating', 'Standby'),
    launchedAt: fc.date({ noInvalidDate: true }),
  }),
  { selector: ({ instanceId }) => instanceId },
);
const sights = fc.record({
  hosts,
  launched: fc.option(fc.constantFrom('i-1', 'i-2', 'i-3'), { nil: undefined }),
  record: fc.option(
    fc.record({
      addresses: fc.uniqueArray(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.9')),
      ttlSec: fc.constantFrom(10, 300),
    }),
    { nil: undefined },
  ),
});

test('whatever happens, the record names only who serves, or who was just launched', () => {
  fc.assert(
    fc.property(sights, (sight) => {
      const { host: named, outcome, hostsInService } = planRecord(sight);
      const serving = sight.hosts.filter(({ lifecycle }) => lifecycle === 'InService');
      expect(hostsInService).toBe(serving.length);
      expect(named === undefined).toBe(outcome === 'absent');
      expect(named !== undefined || serving.length === 0).toBe(true);
      const known = [...serving, ...sight.hosts.filter((one) => one.instanceId === sight.launched)];
      expect([undefined, ...known]).toContain(named);
    }),
  );
});

test('once the record says what was decided, there is nothing more to do', () => {
  fc.assert(
    fc.property(sights, (sight) => {
      const { host: named } = planRecord(sight);
      fc.pre(named !== undefined);
      const record = { addresses: [named?.address ?? ''], ttlSec: RECORD_TTL_SEC };
      expect(planRecord({ ...sight, record })).toMatchObject({ outcome: 'kept', host: named });
    }),
  );
});
