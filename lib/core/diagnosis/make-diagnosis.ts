import { occurrenceId, parseAlarmName } from '../contract/deployed-names.ts';
import { Event } from '../contract/events.ts';
import { isOpsError } from '../errors/ops-error.ts';
import type { DiagnosisRequest } from '../ports/diagnoser.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { putRecord } from '../store/record.ts';
import { type Diagnosis, DiagnosisRecord, PART_LABELS, type PartId } from './diagnosis-record.ts';
import { lookAtServer, type ServerDeps } from './look-at-server.ts';
import { lookAtStore, type StoreLooks } from './look-at-store.ts';
import { nextCommands } from './next-commands.ts';
import { faultWords, type Outcome, partOf } from './part.ts';
import { within } from './within.ts';

/** What {@link makeDiagnosis} works with. */
export interface DiagnosisDeps extends Omit<ServerDeps, 'untilMs'> {
  readonly cluster: string;
  /** Of {@link DiagnosisDeps.openStore}, for who looks the record up. */
  readonly storeUrl: string;
  readonly openStore: (signal: AbortSignal) => Promise<ObjectStore>;
  readonly log: Log;
}

/** For all looks; the rest of eight seconds is for keeping what they came to. */
const LOOKS_MS = 6_500;
const KEEP_MS = 1_000;
const FOR_NOBODY = { notKept: 'it only proves that diagnoses can be made' } as const;
const PARTS = Object.keys(PART_LABELS) as PartId[];

/**
 * Looks at server and store at once, and says what stands behind a page. Takes 8 seconds at most, and never fails
 * because of what it looks at: a part that cannot be seen says why.
 *
 * The record is kept in the store, if that is possible and it is about a page; nothing in it is text of a statement, or a value.
 */
export async function makeDiagnosis(
  { alarm, at, isProof = false }: DiagnosisRequest,
  deps: DiagnosisDeps,
): Promise<Diagnosis> {
  const { clock, log, cluster } = deps;
  const startedMs = clock.elapsedMs();
  const untilMs = startedMs + LOOKS_MS;
  const [server, store] = await Promise.all([
    lookAtServer({ ...deps, untilMs }),
    lookAtStore({ ...deps, untilMs }),
  ]);
  const outcomes: Readonly<Record<PartId, Outcome>> = { ...server, ...store.outcomes };
  const record: DiagnosisRecord = {
    alarm,
    at,
    madeAt: clock.now(),
    parts: PARTS.map((id) => partOf(id, outcomes[id])),
    next: [...nextCommands(alarm, suggestions(outcomes))],
  };
  const kept = isProof ? FOR_NOBODY : await keep(record, store, deps);
  log.info(Event.DIAGNOSIS_MADE, {
    cluster,
    alarm,
    missing: record.parts
      .filter(({ isMissing }) => isMissing)
      .map(({ id }) => id)
      .join(' '),
    duration_ms: Math.round(clock.elapsedMs() - startedMs),
    ...('object' in kept ? { object: kept.object } : { not_kept: kept.notKept }),
  });
  return { ...record, ...kept };
}

function suggestions(
  outcomes: Readonly<Record<PartId, Outcome>>,
): Readonly<Partial<Record<PartId, string>>> {
  return Object.fromEntries(
    PARTS.flatMap((id) => {
      const outcome = outcomes[id];
      return 'missing' in outcome || outcome.next === undefined ? [] : [[id, outcome.next]];
    }),
  );
}

/** Where the record is kept; to be told of a page is worth more than to keep what is told. */
async function keep(
  record: DiagnosisRecord,
  { archive }: StoreLooks,
  deps: DiagnosisDeps,
): Promise<{ readonly object: string } | { readonly notKept: string }> {
  if ('missing' in archive) return { notKept: archive.missing };
  const { store, lineage, writer } = archive;
  const id = `${occurrenceId(record.at)}-${parseAlarmName(record.alarm)?.id ?? 'Other'}`;
  const key = lineage.keys.diagnosis(id);
  const object = `${deps.storeUrl.replace(/\/$/, '')}/${key}`;
  try {
    await within(KEEP_MS, deps, async (signal) =>
      putRecord(store, key, DiagnosisRecord, record, { epoch: writer?.epoch ?? 0, signal }),
    );
    return { object };
  } catch (error) {
    // Asked a second time about the same page: what was seen first stays.
    if (isOpsError(error, 'WAL-CONFLICT')) return { object };
    return { notKept: faultWords(error) };
  }
}
