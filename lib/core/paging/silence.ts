import { alarmName, parseAlarmName } from '../contract/deployed-names.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';

/** The alarms that say of a probe that it is silent. */
const DATABASE = 'ProbeSilent';
const ESTATE = 'EstateSilent';

/** Alarms whose metric a probe publishes, and to which silence is bad: by their ids, whose silence it is then. */
const VOICES: Readonly<Record<string, typeof DATABASE | typeof ESTATE>> = {
  ArchiverFailing: DATABASE,
  ArchiverStuck: DATABASE,
  ReadyWalPiles: DATABASE,
  WalUnarchived: DATABASE,
  WalNotInStore: DATABASE,
  ChecksumsFailing: DATABASE,
  SettingsUnsafe: DATABASE,
  SlotNearlyLost: DATABASE,
  SlotRetainsMuch: DATABASE,
  SlotRunway: DATABASE,
  XidsOld: DATABASE,
  XidRunway: DATABASE,
  MultixactsOld: DATABASE,
  MultixactRunway: DATABASE,
  FreezeBehind: DATABASE,
  XminPinned: DATABASE,
  PreparedForgotten: DATABASE,
  DatabaseUnreachable: DATABASE,
  VaultDrifted: ESTATE,
  RetentionRunway: ESTATE,
  BackupMissed: ESTATE,
  KeyUnusable: ESTATE,
};

/**
 * Whether an alarm's reason is that nothing was measured.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export function isOfSilence(reason: string): boolean {
  return /no datapoints were received/i.test(reason) && /\[Breaching\]/i.test(reason);
}

/**
 * The alarm that is the reason why this one is in ALARM: that of a probe that is silent, and so measures nothing.
 *
 * @param inAlarm - all that are in ALARM now.
 * @returns `undefined` when something was measured, or the probe is not known to be silent.
 */
export function silentVoice(
  { name, reason }: { readonly name: string; readonly reason: string },
  inAlarm: readonly AlarmInAlarm[],
): AlarmInAlarm | undefined {
  const identity = parseAlarmName(name);
  const voice = VOICES[identity?.id ?? ''];
  if (identity === undefined || voice === undefined || !isOfSilence(reason)) return undefined;
  const wanted = alarmName({ ...identity, id: voice });
  return inAlarm.find((one) => one.name === wanted);
}
