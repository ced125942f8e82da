import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OWN_SETTINGS } from '../../../../lib/core/config/own-settings.ts';
import { GIB, MIB } from '../../../../lib/core/host/settings/amount.ts';
import type { SettingsFacts } from '../../../../lib/core/host/settings/facts.ts';
import { promisedBytes } from '../../../../lib/core/host/settings/plan-memory.ts';
import { planSettings } from '../../../../lib/core/host/settings/plan-settings.ts';
import { bytesOf, HOST, hosts } from './hosts.ts';

function value(facts: SettingsFacts, name: string): string | undefined {
  return planSettings(facts).settings.get(name)?.value;
}

/** The promise, from the configuration alone: what the formula says it is, reckoned anew. */
function promise(facts: SettingsFacts): number {
  const { settings } = planSettings(facts);
  const bytes = (name: string): number => bytesOf(settings.get(name)?.value);
  const count = (name: string): number => Number(settings.get(name)?.value ?? 0);
  const others = Math.min(512 * MIB + facts.memoryBytes / 32, (facts.memoryBytes * 3) / 8);
  const shared = bytes('shared_buffers') * (1 + 1 / 32) + 32 * MIB;
  const workers = count('max_worker_processes') + count('autovacuum_max_workers');
  const processes = 8 + count('max_wal_senders') + count('io_workers');
  const work = count('hash_mem_multiplier') * bytes('work_mem');
  return (
    others +
    shared +
    count('max_connections') * (8 * MIB + 96 * 1_024 + work) +
    count('max_parallel_workers') * work +
    workers * 3 * MIB +
    processes * 1.25 * MIB +
    count('autovacuum_max_workers') * bytes('autovacuum_work_mem') +
    bytes('maintenance_work_mem')
  );
}

describe('the memory that is promised', () => {
  test('is never more than the machine has', () => {
    fc.assert(
      fc.property(hosts, (facts) => {
        expect(promise(facts)).toBeLessThanOrEqual(facts.memoryBytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([15, 18])('is never more in any corner, with version %d', (major) => {
    const corners = [0.5, 2_048].flatMap((size) =>
      [1, 192].flatMap((cores) =>
        [undefined, 20, 5_000].map((maxConnections) => ({
          ...HOST,
          memoryBytes: size * GIB,
          cores,
          major,
          maxConnections,
        })),
      ),
    );
    expect(corners.filter((facts) => promise(facts) > facts.memoryBytes)).toEqual([]);
  });

  test('is the sum that the plan itself gives, of which it then finds nothing wrong', () => {
    fc.assert(
      fc.property(hosts, (facts) => {
        const { memory, findings } = planSettings({ ...facts, maxConnections: undefined });
        expect(promisedBytes(memory)).toBeCloseTo(
          promise({ ...facts, maxConnections: undefined }),
          0,
        );
        expect(findings).toEqual([]);
      }),
    );
  });

  test('leaves room for the page cache once a machine has 2 GiB and nobody asks for connections', () => {
    fc.assert(
      fc.property(
        hosts.filter(({ memoryBytes }) => memoryBytes >= 4 * GIB),
        (facts) => {
          const usual = { ...facts, cores: Math.min(facts.cores, 4), maxConnections: undefined };
          expect(promise(usual)).toBeLessThan(usual.memoryBytes * 0.9);
        },
      ),
    );
  });

  test('buys at least ten connections, and as many as are asked for if they fit', () => {
    fc.assert(
      fc.property(hosts, (facts) => {
        const connections = Number(value(facts, 'max_connections'));
        expect(connections).toBeGreaterThanOrEqual(10);
        expect(connections).toBeLessThanOrEqual(facts.maxConnections ?? 1_000);
      }),
    );
  });
});

describe('a larger machine', () => {
  test.each([
    'shared_buffers',
    'effective_cache_size',
    'maintenance_work_mem',
    'autovacuum_work_mem',
  ])('has no less %s with any more memory', (name) => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 0, max: 64 * 1_024 }), (facts, moreMiB) => {
        const larger = { ...facts, memoryBytes: facts.memoryBytes + moreMiB * MIB };
        expect(bytesOf(value(larger, name))).toBeGreaterThanOrEqual(bytesOf(value(facts, name)));
      }),
    );
  });

  test('has no less of work_mem and connections with twice the memory', () => {
    fc.assert(
      fc.property(hosts, (facts) => {
        const larger = { ...facts, memoryBytes: facts.memoryBytes * 2 };
        const [less = [], more = []] = [facts, larger].map((one) => [
          Number(value(one, 'max_connections')),
          bytesOf(value(one, 'work_mem')),
        ]);
        const [fewer = 0, smaller = 0] = less;
        const [connections = 0, workMem = 0] = more;
        expect(connections).toBeGreaterThanOrEqual(fewer);
        // Connections that were not granted before take what there is more.
        expect(connections > fewer || workMem >= smaller).toBe(true);
      }),
    );
  });

  test('has no fewer workers of any kind with more cores', () => {
    const kinds = [
      'max_parallel_workers',
      'max_parallel_workers_per_gather',
      'max_worker_processes',
      'autovacuum_max_workers',
      'autovacuum_vacuum_cost_limit',
    ];
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 64 }), (facts, moreCores) => {
        const larger = { ...facts, cores: facts.cores + moreCores };
        const fewer = kinds.filter(
          (kind) => Number(value(larger, kind)) < Number(value(facts, kind)),
        );
        expect(fewer).toEqual([]);
      }),
    );
  });

  test('has no less WAL with a larger volume, and keeps at most a fifth of it in all', () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 0, max: 1_000 }), (facts, moreGiB) => {
        const larger = { ...facts, volumeBytes: facts.volumeBytes + moreGiB * GIB };
        for (const name of ['max_wal_size', 'min_wal_size', 'max_slot_wal_keep_size']) {
          expect(bytesOf(value(larger, name))).toBeGreaterThanOrEqual(bytesOf(value(facts, name)));
        }
        const kept =
          bytesOf(value(facts, 'max_wal_size')) + bytesOf(value(facts, 'max_slot_wal_keep_size'));
        expect(kept).toBeLessThanOrEqual(facts.volumeBytes / 5);
      }),
    );
  });

  test('gives each session less work_mem the more connections there are', () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 20, max: 5_000 }), (facts, fewer) => {
        const many = Math.max(fewer, facts.maxConnections ?? 5_000);
        const [some, more] = [fewer, many].map((maxConnections) =>
          bytesOf(value({ ...facts, maxConnections }, 'work_mem')),
        );
        expect(more).toBeLessThanOrEqual(some ?? 0);
      }),
    );
  });
});

describe('a plan', () => {
  test('says why of everything, in one line', () => {
    for (const { why } of planSettings(HOST).settings.values()) {
      expect(why).toMatch(/^[^\n]{10,120}$/);
    }
  });

  test('sets nothing that a person may set of what is kept for Holdfast, and the rest of it not at all', () => {
    const own = [...planSettings(HOST).settings].filter(([, { origin }]) => origin === 'own');
    expect(own.map(([name]) => name).filter((name) => !OWN_SETTINGS.has(name))).toEqual([]);
    const others = [...planSettings(HOST).settings].filter(([, { origin }]) => origin !== 'own');
    expect(others.map(([name]) => name).filter((name) => OWN_SETTINGS.has(name))).toEqual([]);
  });

  test('has methods of reading only where there are some', () => {
    expect(value({ ...HOST, major: 17 }, 'io_method')).toBeUndefined();
    expect(value({ ...HOST, major: 18 }, 'io_method')).toBe('worker');
  });

  test('has few connections where clients share them', () => {
    expect(value({ ...HOST, pooled: true }, 'max_connections')).toBe('40');
    expect(value({ ...HOST, pooled: false }, 'max_connections')).toBe('100');
  });
});
