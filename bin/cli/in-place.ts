import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import {
  type LocalClusterPlace,
  openClusterPlace,
} from '../../lib/core/adapters/restore/in-place/local-cluster-place.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { startDigestThread } from '../../lib/core/adapters/system/digest-thread.ts';
import type { InPlaceContext } from '../../lib/core/restore/in-place/in-place-context.ts';
import { type InPlaceOutlook, outlookInPlace } from '../../lib/core/restore/in-place/outlook.ts';
import { recoverInPlace } from '../../lib/core/restore/in-place/run-in-place.ts';
import type { RecoveryChoices } from '../../lib/core/restore/plan/recovery-plan.ts';
import type { RecoveryTarget } from '../../lib/core/restore/plan/target.ts';
import {
  identityMapping,
  placeTablespaces,
} from '../../lib/core/restore/tablespaces/place-tablespaces.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import type { Cli } from './cli.ts';
import { formatBytes, formatSeconds } from './format.ts';
import {
  noteLines,
  planDocument,
  planFromStore,
  planLines,
  showRecovery,
  siteFor,
} from './recovery.ts';
import {
  clusterFiles,
  DEFAULT_PARALLEL,
  shippingDeps,
  type ShippingVerbOptions,
} from './shipping.ts';

/** What an operator asked for. */
export interface InPlaceRequest extends ShippingVerbOptions {
  readonly target: RecoveryTarget;
  readonly choices: RecoveryChoices;
  readonly verifyFiles?: true;
  readonly execute?: true;
}

interface Archive {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

/** `holdfast recover --in-place`. */
export async function recoverClusterInPlace(
  request: InPlaceRequest,
  archive: Archive,
  cli: Cli,
): Promise<number> {
  const { choices, verifyFiles } = request;
  const place = await openClusterPlace(request.dataDir);
  const context = await inPlaceContext(request, archive, place, cli);
  const job = {
    target: request.target,
    parallel: DEFAULT_PARALLEL,
    timeline: choices.timeline,
    verifyFiles: verifyFiles === true,
  };
  if (request.execute !== true) {
    const outlook = await outlookInPlace(job, context);
    cli.output.result(outlookDocument(outlook), [
      ...outlookLines(outlook),
      '',
      'Nothing was done: add --execute to recover.',
    ]);
    return 0;
  }
  const bar = cli.output.bar('recover');
  const report: InPlaceContext['report'] = (progress) => showRecovery(bar, progress);
  await using digests = startDigestThread();
  const result = await recoverInPlace(job, { ...context, digests, report }).finally(() =>
    bar.stop(),
  );
  const { lsn, time, dataDirectory, timeline: newTimeline, setAside, followed, ...rest } = result;
  const reachedLsn = formatLsn(lsn);
  const document = {
    executed: true,
    ...rest,
    timeline: followed,
    newTimeline,
    reachedLsn,
    reachedTime: time,
    dataDir: dataDirectory,
    setAside,
  };
  cli.output.result(document, [
    `recovered in place: ${dataDirectory}, now on timeline ${newTimeline}`,
    `reached ${reachedLsn}, last commit ${time?.toISOString() ?? '(none replayed)'}`,
    `restored in ${formatSeconds(result.restoreSec)}, replayed in ${formatSeconds(result.replaySec)}`,
    ...noteLines(result.notes),
    'The server is stopped. Start it and its agent with your own units, look at the data,',
    'then take a base backup: "holdfast backup". Back to the old one: "holdfast rollback".',
  ]);
  return 0;
}

/** What the request needs on this machine. */
export async function inPlaceContext(
  request: InPlaceRequest,
  archive: Archive,
  place: LocalClusterPlace,
  cli: Cli,
): Promise<InPlaceContext> {
  const { clock, log, program, signal } = cli;
  const { target, choices, envelopeKey } = request;
  const deps = await shippingDeps(request, cli);
  return {
    ...archive,
    clock,
    log,
    signal,
    place,
    postgres: await findPostgres({ major: archive.lineage.id.major }),
    shippingOf: (dataDir) => ({ ...deps, ...clusterFiles(dataDir, request.spool) }),
    plan: async (store, along) =>
      planFromStore({ ...archive, store }, target, { ...choices, ...along }, cli),
    siteFor: (plan) => siteFor(plan, { ...archive, envelopeKey }, { program, owner: place.owner }),
  };
}

function outlookDocument(outlook: InPlaceOutlook): object {
  const { plan, setAside, moves, configuration, rooms, rescued, unfinished, resumes } = outlook;
  const { from: dataDir } = moves[0] ?? { from: null };
  return {
    ...planDocument(plan, String(dataDir), placeTablespaces(plan, identityMapping(plan))),
    setAside,
    inPlace: { resumes, moves, configuration, rooms, rescued: rescued.length, unfinished },
  };
}

function outlookLines(outlook: InPlaceOutlook): readonly string[] {
  const { plan, moves, configuration, rooms, rescued, unfinished, resumes } = outlook;
  const links = configuration.flatMap(({ name, linkText }) =>
    linkText === undefined ? [] : [`${name} -> ${linkText}`],
  );
  const files = configuration.flatMap(({ name, linkText }) =>
    linkText === undefined ? [name] : [],
  );
  return [
    ...planLines(plan, moves[0]?.from ?? '', placeTablespaces(plan, identityMapping(plan))),
    ...(resumes === undefined ? [] : [`goes on    with the interrupted recovery ${resumes}`]),
    ...moves.map(({ from, to }) => `set aside  ${from}\n           as ${to}`),
    ...(files.length === 0 ? [] : [`taken over ${files.join(', ')}`]),
    ...links.map((link) => `link       ${link}: made again, what it leads to stays where it is`),
    ...rooms.map(
      ({ path, neededBytes, freeBytes }) =>
        `room       ${formatBytes(neededBytes)} needed, ${formatBytes(freeBytes)} free on the file system of ${path}`,
    ),
    ...(rescued.length === 0
      ? []
      : [`rescue     ${rescued.length} whole files of pg_wal are archived first`]),
    ...(unfinished === undefined
      ? []
      : [`rescue     the unfinished ${unfinished} is replayed as far as the target wants it`]),
  ];
}
