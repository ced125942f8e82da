import { alarmName, type AlarmIdentity, parseAlarmName } from '../contract/deployed-names.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';

/** An alarm that pages by itself, and is the reason why others have nothing to measure. */
type Voice = 'ProbeSilent' | 'EstateSilent' | 'DatabaseDown';

/** The database’s probe publishes the metric: without the probe nobody does, and without a server it has nothing to say. */
const DATABASE: readonly Voice[] = ['ProbeSilent', 'DatabaseDown'];
/** The estate’s probe does. */
const ESTATE: readonly Voice[] = ['EstateSilent'];
/** The estate’s probe does, of what the database’s has published. */
const TREND: readonly Voice[] = [...ESTATE, ...DATABASE];

/** Alarms to which silence is bad, by their ids: whose it may be, the nearest to the root first. */
const VOICES: Readonly<Record<string, readonly Voice[]>> = {
  ArchiverFailing: DATABASE,
  ArchiverStuck: DATABASE,
  ReadyWalPiles: DATABASE,
  WalUnarchived: DATABASE,
  WalNotInStore: DATABASE,
  ChecksumsFailing: DATABASE,
  SettingsUnsafe: DATABASE,
  SlotNearlyLost: DATABASE,
  SlotRetainsMuch: DATABASE,
  SlotRunway: TREND,
  XidsOld: DATABASE,
  XidRunway: TREND,
  MultixactsOld: DATABASE,
  MultixactRunway: TREND,
  FreezeBehind: DATABASE,
  XminPinned: DATABASE,
  PreparedForgotten: DATABASE,
  // A server that is down does not silence it: it is what says so.
  DatabaseUnreachable: ['ProbeSilent'],
  VaultDrifted: ESTATE,
  RetentionRunway: ESTATE,
  BackupMissed: ESTATE,
  KeyUnusable: ESTATE,
};

/** Alarms that a server which is down sets off by a value, for a check fails that cannot ask it. */
const CONSEQUENCES: Readonly<Record<string, readonly Voice[]>> = {
  ChecksFailedA: ['DatabaseDown'],
};

/**
 * Whether an alarm's reason is that nothing was measured.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export function isOfSilence(reason: string): boolean {
  return /no datapoints were received/i.test(reason) && /\[Breaching\]/i.test(reason);
}

/** Whether another alarm may be the reason why this one is in ALARM, so that it matters which are. */
export function mayHaveVoice(alarm: Reasoned): boolean {
  return voicesOf(alarm).length > 0;
}

/**
 * The alarm that is the reason why this one is in ALARM: that of a probe that is silent, and so measures nothing, or of a
 * server that is down, and so cannot be asked.
 *
 * @param inAlarm - all that are in ALARM now. One that tells nobody is no voice.
 * @returns `undefined` when something was measured, or nobody knows why nothing was.
 */
export function silentVoice(
  alarm: Reasoned,
  inAlarm: readonly AlarmInAlarm[],
): AlarmInAlarm | undefined {
  const identity = parseAlarmName(alarm.name);
  if (identity === undefined) return undefined;
  return voicesOf(alarm)
    .map((id) => speaking(id, identity, inAlarm))
    .find((voice) => voice !== undefined);
}

function speaking(
  id: Voice,
  identity: AlarmIdentity,
  inAlarm: readonly AlarmInAlarm[],
): AlarmInAlarm | undefined {
  const found = (wanted: string): AlarmInAlarm | undefined =>
    inAlarm.find(({ name }) => name === alarmName({ ...identity, id: wanted }));
  // It also goes off while a server answers that does not do its work: that silences nobody.
  if (id === 'DatabaseDown' && found('DatabaseUnreachable') === undefined) return undefined;
  const voice = found(id);
  return voice === undefined || voice.actions.length === 0 ? undefined : voice;
}

/** Whether others may have this alarm to thank for theirs. */
export function isVoice(name: string): boolean {
  const id = parseAlarmName(name)?.id;
  return TREND.some((voice) => voice === id);
}

/** An alarm, and why it is in its state. */
interface Reasoned {
  readonly name: string;
  readonly reason: string;
}

function voicesOf({ name, reason }: Reasoned): readonly Voice[] {
  const id = parseAlarmName(name)?.id ?? '';
  return CONSEQUENCES[id] ?? (isOfSilence(reason) ? VOICES[id] : undefined) ?? [];
}
