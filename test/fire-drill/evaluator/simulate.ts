import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';
import type { Alarm, CompositeAlarm, MetricAlarm } from './alarm.ts';
import { namesIn, parseAlarmRule } from './alarm-rule.ts';
import { evaluatePoints } from './evaluate-points.ts';
import { type Datapoint, pointsOf } from './points-of.ts';
import { tell, type Telling } from './suppression.ts';

/** Whom an alarm told what. */
export interface Notice {
  readonly atMin: number;
  readonly alarm: Alarm;
  readonly state: AlarmState;
  /** Paths of topics; none when it only changed its state. */
  readonly topics: readonly string[];
}

/** What became of alarms. */
export interface History {
  /** Every action, and every change of state that tells nobody, in order. */
  readonly notices: readonly Notice[];
  stateAt(id: string, minute: number): AlarmState;
  /** The first minute from `fromMin` in which the alarm is in the state. */
  firstMinute(id: string, state: AlarmState, fromMin: number): number | undefined;
}

/** A metric's values: `namespace` and name, as in {@link metricKey}. */
export type Series = ReadonlyMap<string, readonly Datapoint[]>;

const MINUTE_SEC = 60;

/** Under which a metric's values stand in {@link Series}. */
export function metricKey(namespace: string, metric: string): string {
  return `${namespace} ${metric}`;
}

/**
 * Evaluates alarms once a minute, from minute 0 up to `minutes`, as CloudWatch does: those on metrics first, then those
 * on other alarms, the innermost first.
 */
export function simulate(alarms: readonly Alarm[], series: Series, minutes: number): History {
  const metricAlarms = alarms.filter((one): one is MetricAlarm => one.kind === 'metric');
  const composites = innermostFirst(
    alarms.filter((one): one is CompositeAlarm => one.kind === 'composite'),
  );
  const rules = new Map(composites.map(({ name, rule }) => [name, parseAlarmRule(rule)]));
  const states = new Map<string, AlarmState>(alarms.map(({ name }) => [name, 'INSUFFICIENT_DATA']));
  const tellings = new Map<string, Telling>();
  const notices: Notice[] = [];
  const past = new Map<string, AlarmState[]>(alarms.map(({ id }) => [id, []]));

  for (let minute = 0; minute <= minutes; minute += 1) {
    const nowSec = minute * MINUTE_SEC;
    for (const alarm of metricAlarms) {
      const before = states.get(alarm.name) ?? 'INSUFFICIENT_DATA';
      const datapoints = series.get(metricKey(alarm.namespace, alarm.metric)) ?? [];
      const state = evaluatePoints(pointsOf(alarm, datapoints, nowSec), alarm, before);
      states.set(alarm.name, state);
      if (state !== before) notices.push(noticeOf(alarm, state, minute));
    }
    for (const alarm of composites) {
      const state = rules.get(alarm.name)?.(states) === true ? 'ALARM' : 'OK';
      const before = tellings.get(alarm.name) ?? BEGINNING;
      const suppressing = alarm.suppressor && states.get(alarm.suppressor.name);
      const { after, acts } = tell(before, state, suppressing, alarm.suppressor, nowSec);
      states.set(alarm.name, state);
      tellings.set(alarm.name, after);
      if (acts) notices.push(noticeOf(alarm, state, minute));
    }
    for (const { id, name } of alarms) past.get(id)?.push(states.get(name) ?? 'OK');
  }
  return historyOf(notices, past);
}

const BEGINNING: Telling = {
  told: 'INSUFFICIENT_DATA',
  state: 'INSUFFICIENT_DATA',
  changedSec: 0,
  suppressedSec: undefined,
};

function noticeOf(alarm: Alarm, state: AlarmState, atMin: number): Notice {
  const topics = { ALARM: alarm.tells, OK: alarm.clears, INSUFFICIENT_DATA: [] }[state];
  return { atMin, alarm, state, topics };
}

function historyOf(
  notices: readonly Notice[],
  past: ReadonlyMap<string, readonly AlarmState[]>,
): History {
  const statesOf = (id: string): readonly AlarmState[] => {
    const found = past.get(id);
    if (found === undefined) throw new Error(`there is no alarm ${id}`);
    return found;
  };
  return {
    notices,
    stateAt: (id, minute) => statesOf(id)[minute] ?? 'INSUFFICIENT_DATA',
    firstMinute: (id, state, fromMin) => {
      const found = statesOf(id).indexOf(state, fromMin);
      return found === -1 ? undefined : found;
    },
  };
}

/** Composite alarms after those that they, or their suppressors, look at. */
function innermostFirst(composites: readonly CompositeAlarm[]): readonly CompositeAlarm[] {
  const byName = new Map(composites.map((one) => [one.name, one]));
  const placed = new Set<CompositeAlarm>();
  const place = (one: CompositeAlarm, above: readonly string[]): void => {
    if (above.includes(one.name)) {
      throw new Error(`alarms that look at one another: ${[...above, one.name].join(', ')}`);
    }
    const names = [...namesIn(one.rule), ...(one.suppressor ? [one.suppressor.name] : [])];
    for (const name of names) {
      const inner = byName.get(name);
      if (inner !== undefined && !placed.has(inner)) place(inner, [...above, one.name]);
    }
    placed.add(one);
  };
  for (const one of composites) if (!placed.has(one)) place(one, []);
  return [...placed];
}
