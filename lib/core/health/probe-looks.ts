import { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HealthSession } from '../ports/health-session.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { lineageKeys } from '../contract/key-layout.ts';
import { parseArchiveFile } from '../wal/archive-file.ts';
import type { ProbeFacts } from './probe-facts.ts';

const LOOK_MS = 500;
/** The quickest answer says most of the clock. */
const CLOCK_TRIES = 3;
const CLOCK = 'SELECT clock_timestamp() AS now';
const ARCHIVED = `
  SELECT last_archived_wal AS name,
         (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier"
    FROM pg_stat_archiver`;

const ClockRow = z.object({ now: z.date() });
const ArchivedRow = z.object({ name: z.string().nullable(), systemIdentifier: z.string() });

/** The server's clock beside the probe's own, of the quickest of a few answers. */
export async function lookAtClock(
  session: HealthSession,
  clock: Clock,
  options: CallOptions,
): Promise<ProbeFacts['clock']> {
  let best: ProbeFacts['clock'] | undefined;
  for (let tries = 0; tries < CLOCK_TRIES; tries += 1) {
    const before = clock.now().getTime();
    const startMs = clock.elapsedMs();
    const { now } = ClockRow.parse(await only(session, CLOCK, options));
    const uncertaintyMs = (clock.elapsedMs() - startMs) / 2;
    const aheadMs = now.getTime() - before - uncertaintyMs;
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) best = { aheadMs, uncertaintyMs };
  }
  if (best === undefined) throw new OpsError('INTERNAL', 'the clock was not looked at');
  return best;
}

/** What of `cluster` is archived, by the server's word, and where the store has it. */
export async function lookAtArchived(
  session: HealthSession,
  { cluster, major }: { readonly cluster: string; readonly major: number },
  options: CallOptions,
): Promise<{ readonly name: string; readonly key: string } | undefined> {
  const { name, systemIdentifier } = ArchivedRow.parse(await only(session, ARCHIVED, options));
  // The key of a partial segment has a hash in it, and the next segment follows soon.
  if (name === null || parseArchiveFile(name).kind === 'partial') return undefined;
  return { name, key: lineageKeys({ cluster, systemIdentifier, major }).wal(name) };
}

/** Whether the store has what the server says is archived: one LIST request, so that nobody has to be let read WAL. */
export async function lookInStore(
  archived: Awaited<ReturnType<typeof lookAtArchived>>,
  store: ObjectStore,
  options: CallOptions,
): Promise<ProbeFacts['lastArchived']> {
  if (archived === undefined) return undefined;
  const { name, key } = archived;
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  // Nothing lies between a key and the same without its last letter.
  const listed = store.list(folder, { ...options, after: key.slice(0, -1) });
  for await (const first of listed) return { name, isStored: first.key === key };
  return { name, isStored: false };
}

/** @throws {@link OpsError} `PG-FAILED` when the server refuses; those of {@link HealthSession}. */
async function only(session: HealthSession, query: string, options: CallOptions): Promise<unknown> {
  const answer = await session.query(query, LOOK_MS, options);
  if ('rows' in answer) return answer.rows[0];
  throw new OpsError('PG-FAILED', `the server does not say: ${answer.why}`, {
    hint: 'run "holdfast init" again: it gives the monitoring role its rights',
  });
}
