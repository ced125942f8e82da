import { execa } from 'execa';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { HISTORY_PROCESS, NODE } from '../support/checkout.ts';
import { isMotoServerHere, startMotoServer } from '../support/moto-server.ts';
import { storeEnvironment } from '../support/s3-environment.ts';
import { type HistoryPlace, makeHistoryPlace } from './history-place.ts';
import { HistoryReport, type HistoryRequest } from './history-report.ts';
import { endProcessesIn, processesIn } from './leftovers.ts';
import { randomOf } from './random.ts';
import type { HistorySize } from './run-history.ts';
import type { Template } from './template.ts';

/** What became of a history. */
export interface HistoryOutcome extends HistoryReport {
  readonly seed: number;
  readonly size: HistorySize;
  /** Where everything lies after a failure. */
  readonly directory: string;
  /** Why nothing could run out of space; `undefined` when it could. */
  readonly withoutDisks: string | undefined;
}

/** When a history is to end before its time. */
export interface HistoryOptions {
  /** Tells it to end at once. */
  readonly signal?: AbortSignal;
  /** After this no further round begins; milliseconds since 1970. @default - all rounds */
  readonly endMs?: number;
}

/** It has servers to stop. */
const STOP_MS = 60_000;
const S3_SHARE = 0.3;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Makes the history of `seed` in a process of its own, as PostgreSQL's account, which is no root: so
 * permissions hold for it. Whatever becomes of that process, nothing of the history goes on running.
 */
export async function startHistory(
  seed: number,
  size: HistorySize,
  template: Template,
  { signal, endMs = Number.MAX_SAFE_INTEGER }: HistoryOptions = {},
): Promise<HistoryOutcome> {
  const given = storeEnvironment()['AWS_ENDPOINT_URL_S3'];
  const startsS3 = given === undefined && size.mayUseS3 && isMotoServerHere();
  const isDrawn = randomOf(seed, 'store').chance(S3_SHARE);
  await using s3 = startsS3 && isDrawn ? await startMotoServer() : undefined;
  await using place = await makeHistoryPlace(serverOwner());
  const { directory, withoutDisks } = place;
  const s3Endpoint = given ?? s3?.endpoint;
  const request = {
    seed,
    size,
    endMs,
    directory,
    s3Endpoint,
    hasSmallDisks: withoutDisks === undefined,
    templateDirectory: template.dataDirectory,
  };
  const report = await makeHistory(request, place, signal);
  const left = await processesIn(directory);
  await endProcessesIn(directory, 'SIGKILL');
  const failure =
    report.failure ??
    (left.length > 0 ? `it left ${left.map(({ command }) => command).join(', ')}` : undefined);
  if (failure !== undefined && !report.isStopped) place.keep();
  const store = s3Endpoint === undefined ? 'store: folder' : 'store: S3';
  const counts = { ...report.counts, [store]: 1 };
  return { ...report, counts, failure, seed, size, directory, withoutDisks };
}

/** Runs the process to its end; gives what it has to say. */
async function makeHistory(
  request: HistoryRequest,
  { temporary }: HistoryPlace,
  signal: AbortSignal | undefined,
): Promise<HistoryReport> {
  const child = execa(NODE, [HISTORY_PROCESS, JSON.stringify(request)], {
    cwd: '/',
    stdin: 'pipe',
    stderr: 'inherit',
    // Ctrl-C is for whoever started it: it must end in order.
    detached: true,
    reject: false,
    cancelSignal: signal,
    killSignal: 'SIGTERM',
    forceKillAfterDelay: STOP_MS,
    maxBuffer: MOST_OUTPUT_BYTES,
    env: { TMPDIR: temporary },
    ...serverOwner(),
  });
  const { stdout, exitCode, signal: killedBy } = await child;
  return (
    readReport(stdout) ?? {
      failure: `its process ended with ${killedBy ?? exitCode} and said nothing`,
      isStopped: signal?.aborted === true,
      story: [],
      counts: {},
    }
  );
}

function readReport(text: string): HistoryReport | undefined {
  try {
    return HistoryReport.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
