import { describe, expect, test } from 'vitest';
import {
  type AcknowledgeDeps,
  acknowledgeAlarms,
  listKnownAlarms,
} from '../../../lib/core/paging/acknowledge-alarms.ts';
import { fakeAcknowledgements, fakeAlarms } from './fake-paging.ts';
import { ALARM, alarmInAlarm } from './samples.ts';

const ELSEWHERE = 'holdfast-dev-orders-BackupMissed';
const LATER = 'holdfast-prod-PagerFailing';
const at = new Date('2026-12-01T05:20:00Z');
const ADA = { by: 'ada', at, reason: 'on it' };

const inAlarm = [
  alarmInAlarm({ name: LATER, transitionedAt: new Date('2026-12-01T05:15:00Z') }),
  alarmInAlarm(),
  alarmInAlarm({ name: ELSEWHERE }),
];

function deps(
  acknowledgements = fakeAcknowledgements(),
): AcknowledgeDeps & { readonly acknowledgements: ReturnType<typeof fakeAcknowledgements> } {
  return { alarms: fakeAlarms(inAlarm), acknowledgements };
}

describe('acknowledging', () => {
  test('writes who took note of which transition', async () => {
    const given = deps();
    const { transitionedAt } = alarmInAlarm();
    expect(await acknowledgeAlarms([ALARM], ADA, given)).toEqual([
      { alarm: ALARM, transitionedAt, ...ADA },
    ]);
    expect(given.acknowledgements.written).toEqual([{ environment: 'prod', alarm: ALARM }]);
  });

  test('takes alarms of several environments, each once', async () => {
    const given = deps();
    await acknowledgeAlarms([ALARM, ELSEWHERE, ALARM], ADA, given);
    expect(given.acknowledgements.written).toEqual([
      { environment: 'prod', alarm: ALARM },
      { environment: 'dev', alarm: ELSEWHERE },
    ]);
  });

  test('writes nothing when one of the alarms is not in ALARM, and names those that are', async () => {
    const given = deps();
    const names = [ALARM, 'holdfast-prod-orders-HostGone'];
    await expect(acknowledgeAlarms(names, ADA, given)).rejects.toMatchObject({
      code: 'PAGE-UNKNOWN',
      message: `holdfast-prod-orders-HostGone: not in ALARM now; these are: ${LATER}, ${ALARM}`,
    });
    expect(given.acknowledgements.written).toEqual([]);
  });

  test.each(['holdfast-staging-orders-BackupMissed', 'cpu'])('refuses %s', async (name) => {
    await expect(acknowledgeAlarms([name], ADA, deps())).rejects.toMatchObject({
      code: 'PAGE-UNKNOWN',
      message: `${name}: not in ALARM now; none is`,
    });
  });
});

describe('the list of an environment', () => {
  test('has the alarms in ALARM, the oldest first, and who knows of them', async () => {
    const acknowledgement = { alarm: ALARM, transitionedAt: alarmInAlarm().transitionedAt, ...ADA };
    const listed = await listKnownAlarms('prod', deps(fakeAcknowledgements([acknowledgement])));
    expect(listed.map(({ name, acknowledgement: by }) => [name, by])).toEqual([
      [ALARM, acknowledgement],
      [LATER, undefined],
    ]);
  });

  test('forgets an acknowledgement of an earlier time', async () => {
    const transitionedAt = new Date('2026-11-30T00:00:00Z');
    const earlier = fakeAcknowledgements([{ alarm: ALARM, transitionedAt, ...ADA }]);
    const [first] = await listKnownAlarms('prod', deps(earlier));
    expect(first?.acknowledgement).toBeUndefined();
  });
});
