import { hostname } from 'node:os';
import { storeClock } from '../../lib/core/adapters/store/store-clock.ts';
import {
  type AppliedRetention,
  applyRetention,
  type RetentionDeps,
} from '../../lib/core/retention/apply/apply-retention.ts';
import type { Lingering } from '../../lib/core/retention/apply/lingering.ts';
import type { OnTagged, TagTotals } from '../../lib/core/retention/apply/set-tag.ts';
import {
  undoRetention,
  type UndoneRetention,
  type UndoRequest,
} from '../../lib/core/retention/apply/undo-retention.ts';
import { planAfresh } from '../../lib/core/retention/plan-afresh.ts';
import type { Cli } from './cli.ts';
import { formatBytes, formatTime } from './format.ts';
import { retentionLines } from './retention-lines.ts';
import { policyOf, type RetentionOptions } from './retention-options.ts';

/** `retention --execute`: plans, writes the plan down, and lets go what an older one lets go as well. */
export async function executeRetention(options: RetentionOptions, cli: Cli): Promise<number> {
  const policy = policyOf(options);
  const { store, lineage } = await cli.openLineage(options);
  const { clock, signal, output } = cli;
  const deps: RetentionDeps = {
    store,
    lineage,
    clock,
    log: cli.log,
    holder: holder(),
    plan: async (call) => planAfresh({ store, lineage, policy, now: clock.now() }, call),
  };
  const applied = await withBar('retention', cli, async (onTagged) =>
    applyRetention(deps, { onTagged, signal }),
  );
  output.result({ ...applied.plan, applied: appliedDocument(applied) }, [
    ...retentionLines(applied.plan, output.paint.red),
    '',
    ...appliedLines(applied),
  ]);
  return 0;
}

/** `retention --undo`: no plan up to now counts any more, and what was let go is kept again. */
export async function undo(
  options: RetentionOptions,
  request: UndoRequest,
  cli: Cli,
): Promise<number> {
  const { store, lineage } = await cli.openLineage(options);
  const { clock, log, signal, output } = cli;
  const deps = { store, lineage, clock, log, holder: holder() };
  const now = await storeClock(store.url, lineage.keys.identity, { signal });
  const undone = await withBar('undo', cli, async (onTagged) =>
    undoRetention(deps, { ...request, now }, { onTagged, signal }),
  );
  const { plans, takenBack, left } = undone;
  const document = { plans, keptObjects: takenBack.objects, keptBytes: takenBack.bytes, left };
  output.result(document, undoneLines(undone));
  return 0;
}

/** Its keys are a contract. */
function appliedDocument(applied: AppliedRetention): object {
  const { agreedWith, from, agreement, tagged, takenBack, lingering, unreadable } = applied;
  return {
    agreedWith: agreedWith ?? null,
    from,
    ...agreement,
    taggedObjects: tagged.objects,
    taggedBytes: tagged.bytes,
    keptObjects: takenBack.objects,
    keptBytes: takenBack.bytes,
    lingeringObjects: lingering.objects,
    lingeringSince: lingering.since ?? null,
    isComplete: applied.isComplete,
    unreadable,
  };
}

function appliedLines(applied: AppliedRetention): readonly string[] {
  const { plan, agreedWith, from, agreement, tagged, takenBack, isComplete, unreadable } = applied;
  const { lingering } = applied;
  const { agreementDays, undeleteDays } = plan.policy;
  const backups = count(agreement.backups.length, 'backup');
  const wal = count(agreement.wal.length, 'range');
  const letGo = [
    `Let go: ${sizeOf(tagged)}, of ${backups} and ${wal} of WAL that plan ${agreedWith} lets go as well.`,
    `Once hidden, an object can be brought back for ${undeleteDays} days with "holdfast undelete"; until then "holdfast retention --undo" keeps it.`,
  ];
  const waiting = [
    `Nothing was let go: no plan that counts is ${agreementDays} days older than this one. That of ${formatTime(from)} can be the first that lets something go.`,
  ];
  return [
    ...(takenBack.objects > 0 ? [`Kept again: ${sizeOf(takenBack)}.`] : []),
    ...(agreedWith === undefined ? waiting : letGo),
    ...(isComplete ? [] : ['Not all of it was done: the next run goes on.']),
    ...lingeringLines(lingering),
    ...unreadable.map((id) => `Plan ${id} cannot be read, and does not count.`),
  ];
}

function lingeringLines({ objects, since }: Lingering): readonly string[] {
  if (since === undefined) return [];
  const [were, are] = objects === 1 ? ['was', 'is'] : ['were', 'are'];
  return [
    `${count(objects, 'object')} ${were} let go days ago, the first at ${formatTime(since)} or before, and ${are} still there: see the bucket's lifecycle and replication.`,
  ];
}

function undoneLines({ plans, takenBack, left }: UndoneRetention): readonly string[] {
  const rest = {
    denied:
      'This caller may not tag: what was let go already is kept by the next run of retention, unless it is hidden before.',
    busy: 'A run of retention is at work, and stops: what it let go is kept by the next one, unless it is hidden before.',
  };
  return [
    `${count(plans.length, 'plan')} set aside, and kept again: ${sizeOf(takenBack)}.`,
    left === undefined
      ? 'What was hidden already comes back with "holdfast undelete".'
      : rest[left],
  ];
}

function sizeOf({ objects, bytes }: TagTotals): string {
  return `${count(objects, 'object')}, ${formatBytes(bytes)}`;
}

function count(amount: number, noun: string): string {
  return amount === 1 ? `1 ${noun}` : `${amount} ${noun}s`;
}

async function withBar<T>(
  label: string,
  cli: Cli,
  work: (onTagged: OnTagged) => Promise<T>,
): Promise<T> {
  const bar = cli.output.bar(label);
  const onTagged: OnTagged = (totals) =>
    bar.update(totals.looked, undefined, `${sizeOf(totals)} of ${totals.looked} looked at`);
  return work(onTagged).finally(() => bar.stop());
}

function holder(): string {
  return `${hostname()} process ${process.pid}`;
}
