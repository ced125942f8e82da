import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import { patientSessions } from '../../lib/core/adapters/postgres/patient-sessions.ts';
import { servedCertificate } from '../../lib/core/adapters/postgres/served-certificate.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { DATABASE_CHECKS } from '../../lib/core/health/all-checks.ts';
import type { ProbeDatabaseContext } from '../../lib/core/health/probe-database.ts';
import { probeMemory } from '../../lib/core/health/probe-memory.ts';
import { THRESHOLDS } from './health-probe.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';
import { type RecordingTelemetry, recordingTelemetry } from './recording-telemetry.ts';

/** A probe's context whose outcomes can be read. */
export interface TestProbe extends ProbeDatabaseContext {
  readonly telemetry: RecordingTelemetry;
  readonly log: RecordingLog;
}

const PATIENCE_MS = 60_000;

/** All that a probe of the server at `connection` works with; nothing was probed yet. */
export function testProbe(
  connection: ConnectionOptions,
  given: Partial<ProbeDatabaseContext> = {},
): TestProbe {
  const store = new MemoryObjectStore();
  return {
    cluster: { cluster: 'orders', volumeBytes: 100 * 1024 ** 3, isWriter: true, rpoSec: 300 },
    thresholds: THRESHOLDS,
    sessions: patientSessions(healthSessions(connection)),
    certificate: async (options) => servedCertificate(connection, options),
    store: async () => store,
    clock: systemClock,
    signal: AbortSignal.timeout(PATIENCE_MS),
    checks: DATABASE_CHECKS,
    memory: probeMemory(),
    ...given,
    telemetry: recordingTelemetry(),
    log: recordingLog(),
  };
}
