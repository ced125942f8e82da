import { METRIC_NAMESPACE } from '../../lib/core/contract/metrics.ts';
import type { Severity } from '../../lib/core/config/notify-config.ts';
import { changeMessage } from '../../lib/core/paging/alarm-message.ts';
import type { Message } from '../../lib/core/paging/message.ts';
import type { Alarm, CompositeAlarm, MetricAlarm } from './evaluator/alarm.ts';
import { namesIn } from './evaluator/alarm-rule.ts';
import type { Datapoint } from './evaluator/points-of.ts';
import { type History, metricKey, type Notice, simulate } from './evaluator/simulate.ts';

/** What is sent in one minute: values by the metrics' names, those of AWS by `namespace name`. */
export type Emission = Readonly<Partial<Record<string, number>>>;
/** What is sent in each minute, counted from the epoch; `sinceMin` of them since the phase of the drill began. */
export type Emissions = (minute: number, sinceMin: number) => Emission;

/** What code sent while all was well, under a fault, and once that was mended. */
export interface Course {
  readonly well: Emissions;
  readonly ill: Emissions;
  readonly mended: Emissions;
}

/** How an alarm came through a drill, in minutes since the fault, and since its end. */
export interface DrillOutcome {
  /** The alarm that told people: the drilled one, or the one of its group. */
  readonly teller: Alarm;
  readonly severity: Severity;
  /** Whether alarm and teller were OK before the fault. */
  readonly wasOk: boolean;
  readonly firedMin: number | undefined;
  readonly toldMin: number | undefined;
  readonly promisedMin: number;
  readonly clearedMin: number | undefined;
  readonly clearToldMin: number | undefined;
  readonly clearPromisedMin: number;
  /** What people read. */
  readonly page: Message | undefined;
  readonly history: History;
}

const MINUTE_SEC = 60;
/** Looked at for how often something is sent: two days. */
const GAP_MINUTES = 2_881;
/** Values come in the middle of their minute. */
const MIDDLE_SEC = 30;
/** Points that CloudWatch may look at beyond N, before silence counts. */
const MORE_POINTS = 2;
const RUNBOOK = 'https://runbook.example.com/runbook.md';

/**
 * Lets `id` see `course` minute by minute: all well, then the fault for as long as the alarm may take to tell of it,
 * then all well again for as long as it may take to be over.
 */
export function runDrill(alarms: readonly Alarm[], id: string, course: Course): DrillOutcome {
  const alarm = metricAlarmOf(alarms, id);
  const teller = tellerOf(alarms, alarm);
  const waitMin =
    teller.kind === 'composite' ? 1 + (teller.suppressor?.waitSec ?? 0) / MINUTE_SEC : 0;
  const periodMin = Math.max(1, alarm.periodSec / MINUTE_SEC);
  const key = seriesName(alarm);
  const isSent = (emissions: Emissions): boolean => gapOf(emissions, key) !== undefined;

  const silentPoints = isSent(course.ill) ? 0 : MORE_POINTS;
  const promisedMin =
    (alarm.periods + 1 + silentPoints) * periodMin + (gapOf(course.ill, key) ?? 0) + waitMin;
  const clearPoints = isSent(course.mended)
    ? alarm.within - alarm.periods + 1
    : alarm.within + MORE_POINTS;
  const extensionMin =
    teller.kind === 'composite' ? 1 + (teller.suppressor?.extensionSec ?? 0) / MINUTE_SEC : 0;
  const clearPromisedMin =
    (clearPoints + 1) * periodMin + (gapOf(course.mended, key) ?? 0) + extensionMin;

  // The fault begins where it takes longest to show: just after a period has begun.
  const faultMin = (alarm.within + MORE_POINTS + 2) * periodMin + (periodMin > 1 ? 1 : 0);
  const mendedMin = faultMin + promisedMin + 1;
  const endMin = mendedMin + clearPromisedMin + 1;
  const seen = closureOf(alarms, [alarm, teller]);
  const unheard = otherMembers(seen, teller, alarm);
  const series = new Map<string, Datapoint[]>();
  for (let minute = 0; minute <= endMin; minute += 1) {
    const [phase, beganMin] = phaseOf(minute, faultMin, mendedMin);
    for (const [name, value] of Object.entries(course[phase](minute, minute - beganMin))) {
      if (value === undefined || unheard.has(name)) continue;
      const own = name.includes(' ') ? name : metricKey(METRIC_NAMESPACE, name);
      const values = series.get(own) ?? [];
      values.push({ atSec: minute * MINUTE_SEC + MIDDLE_SEC, value });
      series.set(own, values);
    }
  }
  const history = simulate(seen, series, endMin);
  const told = (state: 'ALARM' | 'OK', fromMin: number): Notice | undefined =>
    history.notices.find(
      (one) => one.alarm === teller && one.state === state && one.atMin >= fromMin && isTold(one),
    );
  const since = (minute: number | undefined, from: number): number | undefined =>
    minute === undefined ? undefined : minute - from;
  const page = told('ALARM', faultMin);
  const severity = page?.topics.some((topic) => topic.endsWith('/Page')) ? 'page' : 'ticket';
  return {
    teller,
    severity,
    wasOk: [alarm, teller].every((one) => history.stateAt(one.id, faultMin) === 'OK'),
    firedMin: since(history.firstMinute(id, 'ALARM', faultMin), faultMin),
    toldMin: since(page?.atMin, faultMin),
    promisedMin,
    clearedMin: since(history.firstMinute(id, 'OK', mendedMin), mendedMin),
    clearToldMin: since(told('OK', mendedMin)?.atMin, mendedMin),
    clearPromisedMin,
    page: page && pageOf(page, severity),
    history,
  };
}

/** The name by which an alarm's metric stands in an {@link Emission}. */
export function seriesName({ namespace, metric }: MetricAlarm): string {
  return namespace === METRIC_NAMESPACE ? metric : metricKey(namespace, metric);
}

/** An alarm on a metric. */
export function metricAlarmOf(alarms: readonly Alarm[], id: string): MetricAlarm {
  const found = alarms.find((one) => one.id === id);
  if (found?.kind !== 'metric') throw new Error(`there is no alarm ${id} on a metric`);
  return found;
}

function isTold({ topics }: Notice): boolean {
  return topics.length > 0;
}

/** The alarm itself, or the one of its group. */
function tellerOf(alarms: readonly Alarm[], alarm: MetricAlarm): Alarm {
  if (alarm.tells.length > 0) return alarm;
  const parents = alarms.filter(
    (one): one is CompositeAlarm =>
      one.kind === 'composite' && one.tells.length > 0 && namesIn(one.rule).includes(alarm.name),
  );
  const [parent, ...more] = parents;
  if (parent === undefined || more.length > 0) {
    throw new Error(`${parents.length} alarms tell of ${alarm.id}, and not 1`);
  }
  return parent;
}

/**
 * Metrics of other alarms that the same one tells of. What a machine of tests does meanwhile is no part of the drill:
 * they are OK, as without data.
 */
function otherMembers(
  seen: readonly Alarm[],
  teller: Alarm,
  drilled: MetricAlarm,
): ReadonlySet<string> {
  if (teller.kind === 'metric') return new Set();
  const members = new Set(namesIn(teller.rule));
  return new Set(
    seen
      .filter((one): one is MetricAlarm => one.kind === 'metric')
      .filter((one) => members.has(one.name) && one !== drilled && one.missing === 'notBreaching')
      .map(seriesName),
  );
}

/** With all that their rules and suppressors look at. */
function closureOf(alarms: readonly Alarm[], some: readonly Alarm[]): readonly Alarm[] {
  const all = new Set<Alarm>();
  const add = (one: Alarm): void => {
    if (all.has(one)) return;
    all.add(one);
    if (one.kind === 'metric') return;
    const names = new Set(namesIn(one.rule));
    if (one.suppressor !== undefined) names.add(one.suppressor.name);
    for (const inner of alarms.filter(({ name }) => names.has(name))) add(inner);
  };
  for (const one of some) add(one);
  return [...all];
}

function phaseOf(minute: number, faultMin: number, mendedMin: number): [keyof Course, number] {
  if (minute < faultMin) return ['well', 0];
  return minute < mendedMin ? ['ill', faultMin] : ['mended', mendedMin];
}

/** Longest time without a value, in minutes, less the one that is always there; `undefined` without any value. */
function gapOf(emissions: Emissions, name: string): number | undefined {
  const minutes = Array.from({ length: GAP_MINUTES }, (_, minute) => minute).filter(
    (minute) => emissions(minute, minute)[name] !== undefined,
  );
  const gaps = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  return minutes.length === 0 ? undefined : Math.max(1, ...gaps) - 1;
}

function pageOf({ alarm, atMin, state }: Notice, severity: Severity): Message {
  const { name, description } = alarm;
  const change = {
    name,
    arn: `arn:aws:cloudwatch:eu-central-1:111111111111:alarm:${name}`,
    description,
    state,
    reason: '',
    at: new Date(atMin * MINUTE_SEC * 1_000),
  };
  return changeMessage(change, severity, undefined, {
    environment: 'prod',
    cluster: 'orders',
    runbookUrl: RUNBOOK,
    repeatMinutes: 15,
  });
}
