import { ERROR_CODES } from '../../lib/core/errors/codes.ts';
import type { OpsError } from '../../lib/core/errors/ops-error.ts';
import { formatSeconds } from '../cli/format.ts';
import { type Comparison, ledgerName } from './compare-rows.ts';
import type { LedgerModel } from './ledger.ts';

/** What was measured while the demo ran. */
export interface Measurements {
  readonly comparison: Comparison;
  /** Transactions that had returned from COMMIT by the noted moment and whose rows did not come back. */
  readonly lostCommits: number;
  /** Between the last commit before the crash and the newest that the store could bring back. */
  readonly rpoSec: number;
  /** From the start of the recovery until the server answers. */
  readonly rtoSec: number;
  /** The moment that was recovered to. */
  readonly target: Date;
  readonly reachedTime: Date | undefined;
}

/** The `demo` document. */
export interface DemoDocument {
  readonly verdict: 'proven' | 'failed';
  readonly rowsCommitted: number;
  readonly rowsRecovered: number;
  readonly lostCommits: number;
  readonly unexpectedRows: number;
  readonly rpoSec: number;
  readonly rtoSec: number;
  readonly target: string;
  readonly reachedTime: string | undefined;
}

/** More differences than this are counted, not named. */
const MAX_NAMED = 10;

/** Judges: one row too few, too many or different, and nothing is proven. */
export function judge(measured: Measurements): DemoDocument {
  const { comparison, lostCommits, target, reachedTime } = measured;
  const { committed, recovered, lost, unexpectedCount } = comparison;
  const isExact = lost.length === 0 && unexpectedCount === 0 && lostCommits === 0;
  const isInTime = reachedTime !== undefined && reachedTime <= target;
  return {
    verdict: isExact && isInTime && committed > 0 ? 'proven' : 'failed',
    rowsCommitted: committed,
    rowsRecovered: recovered,
    lostCommits,
    unexpectedRows: unexpectedCount,
    rpoSec: round(measured.rpoSec),
    rtoSec: round(measured.rtoSec),
    target: target.toISOString(),
    reachedTime: reachedTime?.toISOString(),
  };
}

/** The document of a demo that broke down before anything could be compared. */
export function unproven({ code, message, hint }: OpsError): object {
  return {
    verdict: 'failed',
    rowsCommitted: null,
    rowsRecovered: null,
    lostCommits: null,
    rpoSec: null,
    rtoSec: null,
    error: { code, message, hint },
  };
}

/** Exit status of a demo with this proof. */
export function exitStatus({ verdict }: Pick<DemoDocument, 'verdict'>): number {
  return verdict === 'proven' ? 0 : ERROR_CODES['DEMO-FAILED'].exitCode;
}

/** Transactions that a comparison's lost rows belong to; a row of pgbench's history is one itself. */
export function lostCommits(lost: readonly string[], model: LedgerModel): number {
  const commits = new Map([...model.commitOf].map(([id, commit]) => [ledgerName(id), commit]));
  const ledger = new Set(
    lost.map((name) => commits.get(name)).filter((commit) => commit !== undefined),
  );
  return ledger.size + lost.filter((name) => name.startsWith('pgbench_history ')).length;
}

/** The proof for a person. */
export function proofLines(proof: DemoDocument, { comparison }: Measurements): readonly string[] {
  const isProven = proof.verdict === 'proven';
  return [
    '',
    isProven
      ? 'PROVEN: every committed row came back.'
      : 'FAILED (DEMO-FAILED): what came back is not what was committed; see docs/runbook.md#demo-failed.',
    '',
    `  target          ${proof.target}`,
    `  last commit in  ${proof.reachedTime ?? '(none)'}`,
    `  committed       ${proof.rowsCommitted} rows by then`,
    `  came back       ${proof.rowsRecovered} rows, each compared with what was committed`,
    `  lost            ${proof.lostCommits} commits; ${proof.unexpectedRows} rows that should not be there`,
    `  RPO             ${formatSeconds(proof.rpoSec)} (commits that only the lost server had)`,
    `  RTO             ${formatSeconds(proof.rtoSec)} (from the decision to a server that answers)`,
    ...comparison.lost.slice(0, MAX_NAMED).map((name) => `  differs: ${name}`),
  ];
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
