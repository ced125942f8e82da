import { describe, expect, test } from 'vitest';
import { isOfSilence, silentVoice } from '../../../lib/core/paging/silence.ts';
import { alarmInAlarm, REASON, SILENCE } from './samples.ts';

const inAlarm = ['ProbeSilent', 'EstateSilent'].map((id) =>
  alarmInAlarm({ name: `holdfast-prod-orders-${id}` }),
);
const voiceOf = (name: string, reason = SILENCE, among = inAlarm) =>
  silentVoice({ name, reason }, among)?.name;

describe('the voice that an alarm misses', () => {
  test.each([
    ['XidsOld', 'ProbeSilent'],
    ['DatabaseUnreachable', 'ProbeSilent'],
    ['VaultDrifted', 'EstateSilent'],
    ['BackupMissed', 'EstateSilent'],
  ])('of %s is told by %s', (id, voice) => {
    expect(voiceOf(`holdfast-prod-orders-${id}`)).toBe(`holdfast-prod-orders-${voice}`);
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
