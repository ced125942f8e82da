import { parseAlarmName } from '../contract/deployed-names.ts';
import type { AlarmInAlarm } from '../ports/alarm-states.ts';
import { ruleMembers } from './alarm-change.ts';
import { parseDescription } from './alarm-description.ts';
import { incidentKey } from './incident-key.ts';
import type { Fact, Link } from './message.ts';
import { isOfSilence, silentVoice } from './silence.ts';

/** An alarm, as far as its surroundings depend on it. */
export interface Surrounded {
  readonly name: string;
  readonly reason: string;
  /** Names of the alarms that a composite one is made of. */
  readonly members: readonly string[];
  /** Names of those that made it change, for the case that nobody can say which are in ALARM. */
  readonly triggering: readonly string[];
}

/** What else is wrong while an alarm is in ALARM. */
export interface Surroundings {
  /** Before all other facts. */
  readonly first: readonly Fact[];
  /** After them. */
  readonly last: readonly Fact[];
  readonly links: readonly Link[];
  /** Key of the incident that this alarm belongs to, when it is not one of its own. */
  readonly incident: string | undefined;
  /** Whether it is a consequence of an alarm that pages by itself, so that nobody need be woken by this one too. */
  readonly isConsequence: boolean;
}

/** Told of others; with more, it is plain that much is wrong. */
const MOST_OTHERS = 10;
/** What is said of an alarm that is over. */
export const NO_SURROUNDINGS: Surroundings = {
  first: [],
  last: [],
  links: [],
  incident: undefined,
  isConsequence: false,
};

/** An alarm that {@link AlarmInAlarm} tells of. */
export function surroundedBy({ name, reason, rule }: AlarmInAlarm): Surrounded {
  return { name, reason, members: rule === undefined ? [] : ruleMembers(rule), triggering: [] };
}

/**
 * One page with the root, the rest listed under it: which members of a composite alarm are in ALARM, which other alarms
 * of its cluster are, and whether all that is only the silence of a probe, or of a server that is down.
 *
 * @param inAlarm - all alarms in ALARM; `undefined` when that cannot be read.
 */
export function surroundingsOf(
  alarm: Surrounded,
  inAlarm: readonly AlarmInAlarm[] | undefined,
): Surroundings {
  const known = inAlarm ?? [];
  const members = known.filter(({ name }) => alarm.members.includes(name));
  const inside = inAlarm === undefined ? alarm.triggering.map(idOf) : members.map(memberWords);
  const cluster = parseAlarmName(alarm.name)?.cluster;
  const others = known
    .filter(({ name }) => name !== alarm.name && !alarm.members.includes(name))
    .filter(({ name }) => cluster !== undefined && parseAlarmName(name)?.cluster === cluster)
    .map(({ name }) => idOf(name));
  const voice = rootOfSilence(alarm, members, known);
  return {
    first:
      voice === undefined
        ? []
        : [
            {
              label: 'Silence',
              text: `${consequenceWords(alarm, members)}, for ${idOf(voice.name)} is in ALARM: mend that first`,
            },
          ],
    last: [
      ...(inside.length === 0 ? [] : [{ label: 'In alarm', text: inside.join('; ') }]),
      ...(others.length === 0 ? [] : [{ label: 'Also in alarm', text: listed(others) }]),
    ],
    links: [],
    incident: voice === undefined ? undefined : incidentKey(voice),
    isConsequence: voice !== undefined,
  };
}

/** A composite alarm is one of silence when all of its members in ALARM are. */
function rootOfSilence(
  alarm: Surrounded,
  members: readonly AlarmInAlarm[],
  inAlarm: readonly AlarmInAlarm[],
): AlarmInAlarm | undefined {
  if (alarm.members.length === 0) return silentVoice(alarm, inAlarm);
  const voices = members.map((member) => silentVoice(member, inAlarm));
  return voices.every((voice) => voice !== undefined) ? voices[0] : undefined;
}

function consequenceWords({ reason }: Surrounded, members: readonly AlarmInAlarm[]): string {
  const isSilence = isOfSilence(reason) || members.length > 0;
  return isSilence ? 'nothing was measured' : 'nothing could be asked';
}

function memberWords({ name, description }: AlarmInAlarm): string {
  const { sentence } = parseDescription(description);
  return sentence === undefined ? idOf(name) : `${idOf(name)}: ${sentence}`;
}

function idOf(name: string): string {
  return parseAlarmName(name)?.id ?? name;
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_OTHERS;
  return `${names.slice(0, MOST_OTHERS).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
