import { HealthThresholds } from '../../../../lib/core/config/health-thresholds.ts';
import type { Known, ServerFacts } from '../../../../lib/core/health/known.ts';

/** What a probe knows of a server, but for what a test says otherwise. */
export function knownServer(
  server: Partial<ServerFacts>,
  now = new Date('2026-06-01T12:00:00Z'),
): Known {
  return {
    now,
    server: {
      version: 180_006,
      major: 18,
      inRecovery: false,
      now,
      startedAt: now,
      user: 'holdfast_monitor',
      settings: new Map(),
      extensions: new Map(),
      functions: new Set(),
      databases: ['postgres'],
      ...server,
    },
    cluster: { cluster: 'orders', volumeBytes: undefined, isWriter: true, rpoSec: 300 },
    thresholds: HealthThresholds.parse({}),
    before: undefined,
  };
}
