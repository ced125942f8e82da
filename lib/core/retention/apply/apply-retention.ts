import { Event } from '../../contract/events.ts';
import { RETENTION_LEASE } from '../../contract/key-layout.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { withLease } from '../../store/lease.ts';
import type { Lineage } from '../../store/lineage.ts';
import { putRecord } from '../../store/record.ts';
import { AppliedRecord } from '../applied-record.ts';
import { readFloors } from '../read-floors.ts';
import { readGoneWal } from '../read-gone-wal.ts';
import { letGoBy } from '../read-let-go.ts';
import type { RetentionPlan } from '../retention-plan.ts';
import {
  type Agreement,
  agreementOf,
  raiseFloors,
  regretsOf,
  type SegmentRange,
} from './agreement.ts';
import { findAgreeing } from './find-agreeing.ts';
import { letGo, type LetGo } from './let-go.ts';
import { type Lingering, tallyLingering } from './lingering.ts';
import { putPlan } from './put-plan.ts';
import {
  type Decisions,
  lateApplications,
  readApplied,
  readDecisions,
  undoneApplications,
} from './read-decisions.ts';
import { watchNews } from './news.ts';
import { keptAgain, nowGone } from './now-gone.ts';
import { NO_TAGS, type OnTagged, sumOf, type TagTotals } from './set-tag.ts';
import { storeTimeOf } from './store-time.ts';
import { takeBack } from './take-back.ts';

/** What retention is applied with. */
export interface RetentionDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  readonly log: Log;
  /** Plans afresh from what the store has now. */
  readonly plan: (options: CallOptions) => Promise<RetentionPlan>;
  /** Who applies it, for people: host and process. */
  readonly holder: string;
}

/** How it is applied. */
export interface ApplyOptions extends CallOptions {
  /** From then on nothing more is begun; the next run goes on. @default - it is done to the end */
  readonly until?: Date | undefined;
  /** @default - nobody is told */
  readonly onTagged?: OnTagged | undefined;
}

/** What came of it. */
export interface AppliedRetention {
  /** Today's plan. */
  readonly plan: RetentionPlan;
  /** The older plan that agreed; `undefined` when none is old enough, so that nothing was tagged. */
  readonly agreedWith: string | undefined;
  /** When two plans are far enough apart. */
  readonly from: Date;
  /** Both let go. */
  readonly agreement: Agreement;
  /** What was tagged by this run. */
  readonly tagged: TagTotals;
  /** What was let go before and is kept again by this run: it was undone, or the plan keeps it now. */
  readonly takenBack: TagTotals;
  /** What was let go days ago and is still there: nothing acts on its tag. */
  readonly lingering: Lingering;
  /** Whether all is done that two plans agree on. */
  readonly isComplete: boolean;
  /** Ids of older plans that do not count, because they cannot be read. */
  readonly unreadable: readonly string[];
}

const LEASE_MS = 60_000;
const NOTHING: Agreement = { backups: [], wal: [] };
/** Of retention: it is no writer of the archive. */
const EPOCH = 0;

/**
 * Plans, writes the plan down, and lets go what an older plan lets go as well: by a tag, which the store's
 * own rules act upon, or {@link ObjectStore.expireTagged}. What was undone since, or is wanted again, is
 * kept first. Run again after whatever, it goes on where it stopped.
 *
 * @throws {@link OpsError} what planning throws, `RETENTION-CATALOGUE` for one: then nothing is tagged;
 *   `BACKUP-BUSY` while another run is at work; `RETENTION-PLAN` when this machine's clock is not the
 *   store's, or something was applied at a moment that is yet to come: nothing is let go then; `STORE-CORRUPT`, `STORE-FORMAT` when nobody can tell which names are used up.
 */
export async function applyRetention(
  deps: RetentionDeps,
  options: ApplyOptions = {},
): Promise<AppliedRetention> {
  const { store, lineage, clock } = deps;
  const holder = { name: deps.holder, ttlMs: LEASE_MS, clock, signal: options.signal };
  return withLease(store, lineage.keys.lease(RETENTION_LEASE), holder, async (signal) =>
    apply(deps, { ...options, signal }),
  );
}

async function apply(deps: RetentionDeps, options: ApplyOptions): Promise<AppliedRetention> {
  const { store, lineage, clock, log } = deps;
  const { until, signal, onTagged } = options;
  const { cluster } = lineage.id;
  const decisions = await readDecisions(store, lineage, { signal });
  const news = await watchNews(store, lineage, decisions.undone, { signal });
  const undone = await undoneApplications(store, decisions, { signal });
  const untagged = await takeBack(store, lineage, await readApplied(store, undone, { signal }), {
    signal,
  });
  const { plan, key, ...put } = await putPlan(deps, { signal });
  const late = await readApplied(store, lateApplications(decisions, plan.at), { signal });
  const regretted = await takeBack(store, lineage, [regretsOf(late, plan)], { signal });
  const storedAt = await storeTimeOf(store, key, put, { signal });
  const found = await findAgreeing(store, decisions, { plan, storedAt }, { signal });
  const { from, unreadable, plan: older } = found;
  for (const id of unreadable) log.warn(Event.RETENTION_PLAN_UNREADABLE, { cluster, plan_id: id });
  const agreement = older === undefined ? NOTHING : agreementOf(plan, older);
  const undoneAt = decisions.undoneAt.at(-1);
  const counting = late.filter(({ at }) => undoneAt === undefined || at > undoneAt);
  const tally = tallyLingering(lineage, counting, plan.at);
  const past = {
    letGo: letGoBy(late, undoneAt, lineage),
    gone: await readGoneWal(store, lineage, { signal }),
  };
  const kept = keptAgain(past, plan);
  const applying = { plan, older, agreement, kept, gone: past.gone };
  let done: LetGo = { totals: NO_TAGS, isComplete: true };
  if (older !== undefined && agreement.backups.length + agreement.wal.length > 0) {
    const goesOn = async (): Promise<boolean> =>
      (until === undefined || clock.now() < until) &&
      !(await news.isUndone()) &&
      !(await news.isHeld());
    if (await news.isUndone()) {
      done = { totals: NO_TAGS, isComplete: false };
    } else {
      await putApplied(deps, decisions, applying, { signal });
      const going = { today: plan, older, agreement };
      done = await letGo(store, lineage, going, { goesOn, onTagged, onDue: tally.note, signal });
    }
  } else if (kept.backups.length + kept.wal.length > 0) {
    await putApplied(deps, decisions, applying, { signal });
  }
  let takenBack = sumOf(untagged, regretted);
  if (await news.isHeld()) {
    // Whoever held it may have looked for tags before they were there, and may not be the one to tag.
    const regrets = regretsOf([...late, agreement], await deps.plan({ signal }));
    takenBack = sumOf(takenBack, await takeBack(store, lineage, [regrets], { signal }));
  }
  if (takenBack.objects > 0) {
    log.info(Event.RETENTION_TAKEN_BACK, { cluster, objects: takenBack.objects });
  }
  const { undeleteDays } = plan.policy;
  // Another cluster in the same store may have other terms.
  const terms = { now: clock.now(), undeleteDays, prefix: lineage.keys.prefix };
  if (!(await news.isUndone())) await store.expireTagged(terms, { signal });
  const { totals: tagged, isComplete } = done;
  const lingering = tally.total();
  if (lingering.objects > 0) {
    const since = lingering.since?.toISOString();
    log.warn(Event.RETENTION_LINGERING, { cluster, objects: lingering.objects, since });
  }
  log.info(Event.RETENTION_APPLIED, {
    cluster,
    plan_id: plan.id,
    agreed_with: older?.id,
    objects: tagged.objects,
    bytes: tagged.bytes,
    is_complete: isComplete,
  });
  return {
    plan,
    agreedWith: older?.id,
    from,
    agreement,
    tagged,
    takenBack,
    lingering,
    isComplete,
    unreadable,
  };
}

interface Applying {
  readonly plan: RetentionPlan;
  readonly older: RetentionPlan | undefined;
  readonly agreement: Agreement;
  /** What had been let go and stays. */
  readonly kept: Agreement;
  /** Before this. */
  readonly gone: readonly SegmentRange[];
}

/** Says what is about to be let go, before the first tag: its names are used up from here on. */
async function putApplied(
  { store, lineage }: RetentionDeps,
  { applied, undone }: Decisions,
  { plan, older, agreement, kept, gone }: Applying,
  options: CallOptions,
): Promise<void> {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.id >= plan.id) throw fromTheFuture(newest.id, plan.id);
  const floors = await readFloors(store, lineage, options);
  const { segmentBytes } = lineage.identity;
  const record: AppliedRecord = {
    planId: plan.id,
    agreedWith: (older ?? plan).id,
    at: plan.at,
    backups: [...agreement.backups],
    wal: [...agreement.wal],
    ...(kept.backups.length + kept.wal.length > 0 && {
      kept: { backups: [...kept.backups], wal: [...kept.wal] },
    }),
    gone: [...nowGone(gone, { kept, plan, older }, segmentBytes)],
    undoneKnown: [...undone],
    floors: raiseFloors(floors, agreement.wal, segmentBytes),
  };
  const key = lineage.keys.retention.applied(plan.id);
  await putRecord(store, key, AppliedRecord, record, { epoch: EPOCH, ...options });
}

function fromTheFuture(newest: string, now: string): OpsError {
  return new OpsError(
    'RETENTION-PLAN',
    `a plan of ${newest} was applied already, and it is ${now} on this machine`,
    { hint: 'nothing was tagged: set the clock of this machine, or of the one that applied it' },
  );
}
