import { readCatalogue } from '../../lib/core/catalog/read-catalogue.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { recoverablePoint } from '../../lib/core/catalog/recoverable-point.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { Cli } from '../cli/cli.ts';
import type { ProtectedServer } from './protected-server.ts';

/** What stood when the server was lost. */
export interface Disaster {
  /** When the last commit returned. */
  readonly lastCommitAt: Date;
  /** The newest commit that the store could bring back. */
  readonly recoverableAt: Date;
}

const TIMEOUT_MS = 60_000;
const POLL_MS = 200;
/** A disaster does not wait for the archive to be fresh: the RPO must not be measured at its best. */
const RANDOM_DELAY_MS = 3_000;

/**
 * Goes on committing, one heartbeat at a time, until the store alone could bring back a commit later
 * than `moment`: only then can a recovery prove that it stops there. Then goes on for a random while.
 *
 * @throws {@link OpsError} `DEMO-FAILED` when the store does not get that far within a minute.
 */
export async function awaitRecoverable(
  { server, sql, store, lineage }: ProtectedServer,
  moment: Date,
  { clock, signal }: Cli,
): Promise<Disaster> {
  const deadline = clock.elapsedMs() + TIMEOUT_MS;
  let killAtMs: number | undefined;
  await using setup = openClusterSetup(server.connection);
  while (clock.elapsedMs() < deadline) {
    await setup.beat({ signal });
    const lastCommitAt = await sql.now({ signal });
    const { windows, writerTimeline } = await readCatalogue(store, lineage, { signal });
    const point = recoverablePoint(windows, writerTimeline, clock.now());
    if (point !== undefined && point.time > moment) {
      killAtMs ??= clock.elapsedMs() + Math.random() * RANDOM_DELAY_MS;
      if (clock.elapsedMs() >= killAtMs) return { lastCommitAt, recoverableAt: point.time };
    }
    await clock.sleep(POLL_MS, signal);
  }
  throw new OpsError(
    'DEMO-FAILED',
    `the archive did not get past ${moment.toISOString()} in time`,
    {
      hint: "see agent.log in the demo's directory",
    },
  );
}
