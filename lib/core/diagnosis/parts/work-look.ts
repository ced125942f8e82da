import { occurrenceId, RunKind } from '../../contract/deployed-names.ts';
import { ageSec, span } from '../../doctor/amounts.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { OutcomeRecord } from '../../runs/run-records.ts';
import { getRecord } from '../../store/record.ts';
import type { Look } from '../part.ts';
import type { Archive } from './store-looks.ts';

/** Of older work nobody asks at night, and each day has keys of its own. */
const LOOK_BACK_MS = 8 * 86_400_000;

/**
 * What last happened to the cluster by plan: who writes and since when, how the last base backup went, when retention
 * was last applied.
 *
 * @throws {@link OpsError} the store's own.
 */
export async function workLook(
  { store, lineage: { keys }, writer }: Archive,
  now: Date,
  options: CallOptions,
): Promise<Look> {
  const since = occurrenceId(new Date(now.getTime() - LOOK_BACK_MS));
  const claim = keys.run(RunKind.BASE_BACKUP, since).claim;
  const runs = claim.slice(0, claim.lastIndexOf('/') + 1);
  const outcomes = await keysAfter(store, runs, claim, options);
  const outcome = outcomes.findLast((key) => /-outcome-\d\.json$/.test(key));
  const { appliedPrefix } = keys.retention;
  const applied = await keysAfter(store, appliedPrefix, `${appliedPrefix}${since}`, options);
  const run =
    outcome === undefined ? undefined : await getRecord(store, outcome, OutcomeRecord, options);
  const plan = applied.at(-1)?.slice(appliedPrefix.length).replace('.json', '');
  const writing =
    writer === undefined
      ? 'nobody has written yet'
      : `writer ${writer.epoch} since ${span(ageSec(writer.since, now))} (${writer.by ?? 'unknown'})`;
  const backup =
    run === undefined
      ? 'no base backup task for 8 days'
      : `base backup ${run.verdict} ${span(ageSec(run.at, now))} ago`;
  return {
    says: `${writing}; ${backup}; retention ${plan === undefined ? 'not applied for 8 days' : `applied ${plan}`}`,
    rows: [
      {
        epoch: writer?.epoch ?? 0,
        writerSince: writer?.since.toISOString() ?? null,
        backupVerdict: run?.verdict ?? null,
        backupAt: run?.at.toISOString() ?? null,
        retention: plan ?? null,
      },
    ],
  };
}

async function keysAfter(
  store: ObjectStore,
  prefix: string,
  after: string,
  options: CallOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix, { ...options, after })) found.push(key);
  return found;
}
