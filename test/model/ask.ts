import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type postgres from 'postgres';
import { isOpsError, type OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { RecoveryPlan } from '../../lib/core/restore/plan/recovery-plan.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { planAnswer, recoverByPlan } from './engine.ts';
import type { Facts } from './facts.ts';
import { type Recovered, type Refused, predict, type Verdict } from './judge.ts';
import { ModelMismatch } from './mismatch.ts';
import { connect } from './model-server.ts';
import { type Question, questionText, readTarget, timeText } from './question.ts';
import { readState } from './read-state.ts';
import { countRows, differenceOf } from './rows.ts';
import type { World } from './world.ts';

/** A question the engine has answered rightly, and its plan when it is to be recovered. */
export interface Answer {
  readonly question: Question;
  readonly verdict: Verdict;
  readonly plan: RecoveryPlan | undefined;
}

const MICROS_PER_MS = 1000n;

/** Asks the engine for a plan, and compares it with what the model says; throws a {@link ModelMismatch}. */
export async function ask(world: World, facts: Facts, question: Question): Promise<Answer> {
  const verdict = predict(facts, question, BigInt(Date.now()) * MICROS_PER_MS);
  const answer = await planAnswer(world, question).catch(toOpsError);
  const { kind } = question.target;
  world.count(`asked: ${kind}${question.choices.exclusive === true ? ', exclusive' : ''}`);
  if (isOpsError(answer)) {
    const refusal = verdict.kind === 'refused' ? verdict : verdict.orRefused;
    if (refusal?.codes.includes(answer.code) !== true) throw wrong(question, verdict, answer);
    world.count(`refused: ${answer.code}, ${refusal.why}`);
    await followHints(world, facts, question, answer);
    return { question, verdict, plan: undefined };
  }
  if (verdict.kind === 'refused') {
    throw wrong(question, verdict, `a plan from backup ${answer.backup.id}`);
  }
  if (answer.backup.id !== verdict.backupId || answer.timeline !== verdict.timeline) {
    const planned = `a plan from backup ${answer.backup.id} along timeline ${answer.timeline}`;
    throw wrong(question, verdict, planned);
  }
  if (answer.stopLsn !== undefined && answer.stopLsn !== verdict.endLsn) {
    throw wrong(question, verdict, `a plan to stop at ${formatLsn(answer.stopLsn)}`);
  }
  return { question, verdict, plan: answer };
}

/** The nearest points that a refusal names must be such that can be recovered. */
async function followHints(
  world: World,
  facts: Facts,
  { choices }: Question,
  { details }: OpsError,
): Promise<void> {
  const { backupId } = choices;
  const timeline = choices.timeline ?? facts.writerTimeline;
  for (const name of ['nearestBefore', 'nearestAfter']) {
    const text = details[name];
    if (typeof text !== 'string') continue;
    const question = {
      target: readTarget(text),
      choices: { backupId, timeline },
      about: `${name} of a refusal`,
    };
    const { plan, verdict } = await ask(world, facts, question);
    if (plan === undefined) throw wrong(question, verdict, 'a refusal that names it');
    world.count('point named by a refusal');
  }
}

/** A recovered directory that was compared. */
export interface CheckedRecovery {
  readonly dataDirectory: string;
  readonly timeline: number;
  readonly verdict: Recovered;
}

/**
 * Recovers by a plan that {@link ask} approved, and compares where it ended, every row, and every
 * prepared transaction. The server is stopped again.
 *
 * @returns `undefined` when PostgreSQL itself could not, and said so.
 */
export async function recoverAndCompare(
  world: World,
  { question, verdict, plan }: Answer,
  dataDirectory = world.place('recovered', 'data'),
): Promise<CheckedRecovery | undefined> {
  if (plan === undefined || verdict.kind === 'refused') throw new Error('nothing was planned');
  const result = await recoverByPlan(world, plan, dataDirectory).catch(toOpsError);
  if (isOpsError(result)) {
    if (!verdict.mayLosePrepared || !isSegmentMissed(result))
      throw wrong(question, verdict, result);
    world.count('PostgreSQL cannot: prepared before a branch');
    return undefined;
  }
  comparePoint(question, verdict, result);
  await compareDirectory(world, { question, verdict }, dataDirectory);
  world.count(`recovered: ${question.target.kind}`);
  return { dataDirectory, timeline: result.timeline, verdict };
}

/** Starts a server on a recovered directory, compares every row, and stops it again. */
export async function compareDirectory(
  world: World,
  { question, verdict }: { readonly question: Question; readonly verdict: Recovered },
  dataDirectory: string,
): Promise<void> {
  await using server = await attachServer(world.instance, {
    dataDirectory,
    logFile: world.place('log'),
  });
  const sql = connect(server);
  await compareState(question, verdict, sql);
  await sql.end();
}

/** Compares every row and every prepared transaction; throws a {@link ModelMismatch}. */
export async function compareState(
  question: Question,
  verdict: Recovered,
  sql: postgres.Sql,
): Promise<void> {
  const actual = await readState(sql);
  const difference = differenceOf(verdict.state.rows, actual.rows);
  if (difference !== undefined) throw wrong(question, verdict, difference);
  const prepared = [...verdict.state.prepared.keys()].toSorted().join(' ');
  if (actual.prepared.join(' ') !== prepared) {
    throw wrong(question, verdict, `prepared transactions ${actual.prepared.join(' ')}`);
  }
}

/** Compares where a recovery ended; throws a {@link ModelMismatch}. */
export function comparePoint(question: Question, verdict: Recovered, result: RecoveryResult): void {
  if (result.lsn !== verdict.endLsn) {
    throw wrong(question, verdict, `an end at ${formatLsn(result.lsn)}`);
  }
  const { lastMicros } = verdict;
  const expected = lastMicros === undefined ? undefined : Number(lastMicros / MICROS_PER_MS);
  if (result.time?.getTime() !== expected) {
    throw wrong(question, verdict, `a last commit at ${result.time?.toISOString() ?? 'no time'}`);
  }
}

function isSegmentMissed({ code, message }: OpsError): boolean {
  return code === 'RESTORE-ABORTED' && message.includes('has already been removed');
}

/** Tells what was asked, expected and got. */
export function wrong(question: Question, verdict: Verdict, got: string | OpsError): ModelMismatch {
  const text = typeof got === 'string' ? got : `${got.code} ${got.message} (${got.hint})`;
  return new ModelMismatch(
    [
      `asked     ${questionText(question)}`,
      `expected  ${verdict.kind === 'refused' ? refusalText(verdict) : recoveryText(verdict)}`,
      `got       ${text}`,
    ].join('\n'),
    { cause: got },
  );
}

function refusalText({ codes, why }: Refused): string {
  return `${codes.join(' or ')}: ${why}`;
}

function recoveryText(verdict: Recovered): string {
  const { backupId, timeline, endLsn, lastMicros, state } = verdict;
  const time = lastMicros === undefined ? 'none' : timeText(lastMicros);
  const prepared = [...state.prepared.keys()].join(' ') || 'none';
  return (
    `from ${backupId} along timeline ${timeline} to ${formatLsn(endLsn)}, ` +
    `last ending ${time}, rows: ${countRows(state.rows)}, prepared: ${prepared}`
  );
}
