import { describe, expect, test } from 'vitest';
import { isOfSilence, silentVoice } from '../../../lib/core/paging/silence.ts';
import { breachingOfOthers, expectedVoices } from './alarm-rows.ts';
import { alarmInAlarm, REASON, SILENCE } from './samples.ts';

const VOICES = ['EstateSilent', 'ProbeSilent', 'DatabaseDown'] as const;
const speaking = (ids: readonly string[]) =>
  ids.map((id) => alarmInAlarm({ name: `holdfast-prod-orders-${id}` }));
const inAlarm = speaking([...VOICES, 'DatabaseUnreachable']);
const voiceOf = (name: string, reason = SILENCE, among = inAlarm) =>
  silentVoice({ name, reason }, among)?.name;

describe('the voice that an alarm misses', () => {
  test.each([...expectedVoices(), ['DatabaseUnreachable', ['ProbeSilent']] as const])(
    'of %s is told by the first in ALARM of %j, and by no other',
    (id, voices) => {
      const name = `holdfast-prod-orders-${id}`;
      const heard = VOICES.filter((voice) =>
        voiceOf(name, SILENCE, speaking([voice, 'DatabaseUnreachable'])),
      );
      expect(heard).toEqual(voices);
      // Whichever are in ALARM beside it: the root is told of.
      expect(voiceOf(name)).toBe(`holdfast-prod-orders-${voices[0]}`);
    },
  );

  test('of alarms of data is known wherever a probe publishes what they are about', () => {
    expect(breachingOfOthers()).toEqual(['AgentSilent', 'HostMissing']);
  });

  test('of checks that fail is a server’s that is down, though they are counted', () => {
    const failed = 'holdfast-prod-orders-ChecksFailedA';
    expect(voiceOf(failed, REASON)).toBe('holdfast-prod-orders-DatabaseDown');
    expect(voiceOf(failed, REASON, speaking(['ProbeSilent', 'EstateSilent']))).toBeUndefined();
  });

  test('is none of a server that answers, though it does not do its work', () => {
    const wrong = speaking(['DatabaseDown', 'WriterWrong']);
    expect(voiceOf('holdfast-prod-orders-XidsOld', SILENCE, wrong)).toBeUndefined();
    expect(voiceOf('holdfast-prod-orders-ChecksFailedA', REASON, wrong)).toBeUndefined();
  });

  test('is none of an alarm that tells nobody', () => {
    const mute = inAlarm.map((alarm) => ({ ...alarm, actions: [] }));
    expect(voiceOf('holdfast-prod-orders-XidsOld', SILENCE, mute)).toBeUndefined();
  });

  test.each([
    { what: 'something was measured', name: 'holdfast-prod-orders-XidsOld', reason: REASON },
    { what: 'no probe measures it', name: 'holdfast-prod-orders-AgentSilent', reason: SILENCE },
    { what: 'it is of another cluster', name: 'holdfast-prod-other-XidsOld', reason: SILENCE },
    { what: 'it is a stranger’s', name: 'cpu', reason: SILENCE },
  ])('is none when $what', ({ name, reason }) => {
    expect(voiceOf(name, reason)).toBeUndefined();
  });

  test('is none while the probe speaks: then this one check is silent', () => {
    expect(voiceOf('holdfast-prod-orders-XidsOld', SILENCE, [])).toBeUndefined();
  });

  test.each([
    [SILENCE, true],
    [
      'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].',
      true,
    ],
    [
      'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
      false,
    ],
    [REASON, false],
  ])('%s: %s', (reason, isSilence) => {
    expect(isOfSilence(reason)).toBe(isSilence);
  });
});
