import { expect, test } from 'vitest';
import { ssmAcknowledgements } from '../../lib/core/adapters/aws/ssm-acknowledgements.ts';
import { type Ending, failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { makeAlarm, moveAlarm } from './alarm-stage.ts';
import { describeAws } from './control-plane.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:holdfast-prod-page';
const BACKUP = 'holdfast-prod-orders-BackupMissed';
const KEY = 'holdfast-prod-orders-KeyUnusable';
const FINE = 'holdfast-prod-orders-HostGone';

describeAws('holdfast ack', (aws) => {
  const holdfast = async (...words: readonly string[]): Promise<Ending> =>
    runHoldfast(['ack', ...words], { env: aws().environment });

  test('a night on call', async () => {
    for (const name of [BACKUP, KEY, FINE]) await makeAlarm(name, TOPIC);

    expect(await holdfast('--list', '--environment', 'prod')).toMatchObject({
      exitCode: 0,
      stdout: 'No alarm of prod is in ALARM.',
    });

    await moveAlarm(BACKUP, 'ALARM');
    await moveAlarm(KEY, 'ALARM');
    const acked = await holdfast(BACKUP, '--by', 'ada', '--reason', 'on it', '--json');
    expect(acked.exitCode).toBe(0);
    expect(JSON.parse(acked.stdout)).toEqual({
      format: 1,
      acknowledged: [
        {
          alarm: BACKUP,
          by: 'ada',
          at: expect.any(String),
          transitionedAt: expect.any(String),
          reason: 'on it',
        },
      ],
    });
    expect((await ssmAcknowledgements().read('prod', [BACKUP])).get(BACKUP)?.by).toBe('ada');

    const listed = await holdfast('--list', '--environment', 'prod', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      format: 1,
      environment: 'prod',
      alarms: [
        { alarm: BACKUP, acknowledged: { by: 'ada', reason: 'on it' } },
        { alarm: KEY, acknowledged: null },
      ],
    });
    const table = (await holdfast('--list', '--environment', 'prod')).stdout.split('\n');
    expect(table).toHaveLength(3);
    expect(table[1]).toMatch(new RegExp(`^${BACKUP} .* by ada: on it$`));
    expect(table[2]).toMatch(new RegExp(`^${KEY} .* NO$`));

    const refused = await holdfast(KEY, FINE);
    expect(failureOf(refused)).toEqual({ exitCode: 113, code: 'PAGE-UNKNOWN', hasHint: true });
    expect(refused.stderr).toContain(`${FINE}: not in ALARM now`);
    expect(refused.stderr).toContain(KEY);
    expect(await ssmAcknowledgements().read('prod', [KEY])).toEqual(new Map());

    await moveAlarm(BACKUP, 'OK');
    await moveAlarm(BACKUP, 'ALARM');
    const again = await holdfast('--list', '--environment', 'prod', '--json');
    expect(JSON.parse(again.stdout).alarms).toEqual(
      expect.arrayContaining([expect.objectContaining({ alarm: BACKUP, acknowledged: null })]),
    );
  });

  test.each([{ AWS_REGION: '' }, { AWS_REGION: 'not a region' }])(
    'with %j says which variable to set',
    async (region) => {
      const env = { ...aws().environment, ...region };
      const refused = await runHoldfast(['ack', BACKUP], { env });
      expect(failureOf(refused)).toEqual({ exitCode: 25, code: 'CONFIG-INVALID', hasHint: true });
      expect(refused.stderr).toContain('HINT: set AWS_REGION');
    },
  );
});
