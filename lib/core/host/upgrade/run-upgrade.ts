import { OpsError } from '../../errors/ops-error.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { placesOf } from './plan-places.ts';
import { planUpgrade, type UpgradePlan, type UpgradeRequest } from './plan-upgrade.ts';
import {
  giveUp,
  resultOf,
  step,
  takePlace,
  type UpgradeDeps,
  type UpgradeResult,
} from './settle-upgrade.ts';
import { type UpgradeJournal, upgradePaths } from './upgrade-journal.ts';

/**
 * Upgrades a stopped cluster to another major version, or only lets `pg_upgrade` check it. The new one
 * is made beside it; then the old one is set aside, and the new one takes its place. Whatever part an
 * interrupted run has made, the same call goes on or begins anew.
 *
 * @param execute - else nothing stays: the new cluster is removed after the checks.
 * @throws {@link OpsError} `RESTORE-IN-USE`, `RESTORE-ROLLBACK` when a way back was interrupted, and as
 *   {@link planUpgrade}; `PG-FAILED` with the reason of `pg_upgrade`, the old cluster being as it was.
 */
export async function runUpgrade(
  request: UpgradeRequest,
  execute: boolean,
  deps: UpgradeDeps,
): Promise<UpgradeResult> {
  const { site } = deps;
  await using _lock = await site.hold();
  const earlier = await site.readJournal();
  if (earlier?.phase === 'undoing') {
    throw new OpsError('RESTORE-ROLLBACK', 'the way back from an upgrade was interrupted here', {
      hint: 'end it first: the same command with --rollback --execute',
    });
  }
  if (earlier !== undefined && (await isWhole(earlier, deps))) {
    return execute ? await takePlace(earlier, [], deps) : resultOf(site, earlier, false, []);
  }
  if (earlier !== undefined) await giveUp(earlier, deps);
  await site.assertIdle(site.dataDirectory);
  const facts = await site.survey({ to: request.to, signal: deps.signal });
  const plan = planUpgrade(facts, request);
  const { from, to, mode } = plan;
  const { systemIdentifier } = facts.control;
  const journal: UpgradeJournal = { format: 1, from, to, mode, phase: 'making', systemIdentifier };
  await site.writeJournal(journal);
  await step(deps, 'announced');
  let whole: UpgradeJournal;
  try {
    await checkBoth(plan, deps);
    if (!execute) {
      await giveUp(journal, deps);
      return resultOf(site, journal, false, plan.notes);
    }
    whole = await makeNew(plan, journal, deps);
  } catch (error) {
    // The reason is in the error; what it was about is worth nothing without it.
    await giveUp(journal, deps);
    throw error;
  }
  return await takePlace(whole, plan.notes, deps);
}

/** Whether the new cluster holds all that the old one does. */
async function isWhole(journal: UpgradeJournal, { site, signal }: UpgradeDeps): Promise<boolean> {
  const { phase, whole, from } = journal;
  if (whole === undefined || phase === 'making') return false;
  const scene = await site.look(placesOf(site.dataDirectory, journal));
  const { kept } = upgradePaths(site.dataDirectory, journal);
  if (phase === 'done' || scene(kept) !== 'absent' || whole.oldCheckpointLsn === undefined) {
    return true;
  }
  // Before it was set aside somebody may have started the old server once more, and written to it.
  const { checkpointLsn } = await site.controlData(site.dataDirectory, from, { signal });
  return formatLsn(checkpointLsn) === whole.oldCheckpointLsn;
}

/** Makes an empty new cluster, and asks `pg_upgrade` what it thinks of both. */
async function checkBoth(plan: UpgradePlan, deps: UpgradeDeps): Promise<void> {
  const { site, signal, said } = deps;
  await site.initialize(plan, { signal });
  await step(deps, 'initialized');
  await site.upgrade(plan, { signal, said, checkOnly: true });
  await step(deps, 'checked');
}

async function makeNew(
  plan: UpgradePlan,
  journal: UpgradeJournal,
  deps: UpgradeDeps,
): Promise<UpgradeJournal> {
  const { site, signal, said } = deps;
  await site.upgrade(plan, { signal, said, checkOnly: false });
  await step(deps, 'upgraded');
  const made = await site.controlData(plan.made, plan.to, { signal });
  // The control file of one that gave its files away is gone, so that no server starts there.
  const left =
    plan.mode === 'link'
      ? undefined
      : await site.controlData(site.dataDirectory, plan.from, { signal });
  await site.sync(plan.made);
  const whole: UpgradeJournal = {
    ...journal,
    phase: 'made',
    whole: {
      systemIdentifier: made.systemIdentifier,
      oldCheckpointLsn: left && formatLsn(left.checkpointLsn),
    },
  };
  await site.writeJournal(whole);
  await step(deps, 'made');
  return whole;
}
