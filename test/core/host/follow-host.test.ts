import { describe, expect, test } from 'vitest';
import { Event } from '../../../lib/core/contract/events.ts';
import { Metric } from '../../../lib/core/contract/metrics.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { followHost, type FollowHostDeps } from '../../../lib/core/host/follow-host.ts';
import type { AddressRecord } from '../../../lib/core/ports/dns-zone.ts';
import type { Host } from '../../../lib/core/ports/host-group.ts';
import { type RecordingLog, recordingLog } from '../../support/recording-log.ts';
import { type RecordingTelemetry, recordingTelemetry } from '../../support/recording-telemetry.ts';

const NAME = 'db.orders.internal';
const HOST: Host = {
  instanceId: 'i-new',
  lifecycle: 'InService',
  address: '10.0.0.2',
  launchedAt: new Date('2026-12-01T00:00:00Z'),
};
const SCHEDULED = { launched: undefined };

interface World extends FollowHostDeps {
  readonly written: readonly AddressRecord[];
  readonly telemetry: RecordingTelemetry;
  readonly log: RecordingLog;
}

function world(hosts: readonly Host[], record: AddressRecord | OpsError | undefined): World {
  const written: AddressRecord[] = [];
  return {
    hostName: NAME,
    written,
    group: { hosts: async () => hosts },
    zone: {
      read: async () => {
        if (record instanceof OpsError) throw record;
        return record;
      },
      write: async (_, next) => void written.push(next),
    },
    telemetry: recordingTelemetry(),
    log: recordingLog(),
    signal: new AbortController().signal,
  };
}

const record = (address: string): AddressRecord => ({ addresses: [address], ttlSec: 10 });

describe('the record of a host', () => {
  test('follows it', async () => {
    const deps = world([HOST], record('10.0.0.1'));
    expect(await followHost(SCHEDULED, deps)).toMatchObject({ outcome: 'moved' });
    expect(deps.written).toEqual([record('10.0.0.2')]);
    expect(deps.telemetry.flushed).toEqual([
      { [Metric.HOSTS_IN_SERVICE]: 1, [Metric.HOST_REPLACED]: 1 },
    ]);
    expect(deps.log.events).toEqual([Event.HOST_FOLLOWED]);
  });

  test('is written for the first time without calling that a replacement', async () => {
    const deps = world([HOST], undefined);
    await followHost(SCHEDULED, deps);
    expect(deps.written).toEqual([record('10.0.0.2')]);
    expect(deps.telemetry.flushed).toMatchObject([{ [Metric.HOST_REPLACED]: 0 }]);
  });

  test('is left alone when it is right', async () => {
    const deps = world([HOST], record('10.0.0.2'));
    await followHost({ launched: 'i-new' }, deps);
    expect(deps.written).toEqual([]);
    expect(deps.telemetry.flushed).toMatchObject([{ [Metric.HOST_REPLACED]: 0 }]);
  });
});

describe('without a host', () => {
  test('the record stays and the metric says so, on a schedule', async () => {
    const deps = world([], record('10.0.0.1'));
    expect(await followHost(SCHEDULED, deps)).toMatchObject({ outcome: 'absent' });
    expect(deps.written).toEqual([]);
    expect(deps.telemetry.flushed).toEqual([
      { [Metric.HOSTS_IN_SERVICE]: 0, [Metric.HOST_REPLACED]: 0 },
    ]);
  });

  test('an event is tried again, because it may be ahead of what can be seen', async () => {
    const deps = world([], record('10.0.0.1'));
    await expect(followHost({ launched: 'i-new' }, deps)).rejects.toMatchObject({
      code: 'HOST-ABSENT',
      retryable: true,
      details: { instance: 'i-new' },
    });
    expect(deps.telemetry.flushed).toMatchObject([{ [Metric.HOSTS_IN_SERVICE]: 0 }]);
  });
});

describe('fails when', () => {
  const denied = new OpsError('AWS-DENIED', 'no right');

  test('the record cannot be read, but says who is in service', async () => {
    const deps = world([HOST], denied);
    await expect(followHost(SCHEDULED, deps)).rejects.toBe(denied);
    expect(deps.written).toEqual([]);
    expect(deps.telemetry.flushed).toEqual([{ [Metric.HOSTS_IN_SERVICE]: 1 }]);
  });

  test('the record cannot be written, and claims no replacement', async () => {
    const deps = world([HOST], record('10.0.0.1'));
    const zone = { ...deps.zone, write: async () => Promise.reject(denied) };
    await expect(followHost(SCHEDULED, { ...deps, zone })).rejects.toBe(denied);
    expect(deps.telemetry.flushed).toEqual([{ [Metric.HOSTS_IN_SERVICE]: 1 }]);
  });

  test('the group cannot be read, and claims nothing', async () => {
    const deps = world([HOST], record('10.0.0.1'));
    const group = { hosts: async () => Promise.reject(denied) };
    await expect(followHost(SCHEDULED, { ...deps, group })).rejects.toBe(denied);
    expect(deps.telemetry.flushed).toEqual([{}]);
  });
});
