import { describe, expect, test } from 'vitest';
import { CHECKPOINT_CHECKS } from '../../lib/core/health/checks/checkpoints.ts';
import { leftBy, checkedServer } from '../support/checked-server.ts';
import { until } from '../support/until.ts';

const { it, sql, probe, whileHidden } = checkedServer(CHECKPOINT_CHECKS, {
  settings: { checkpoint_timeout: '30s' },
});
const counters = (): { view: string; forced: string; timed: string } =>
  it().instance.major >= 17
    ? { view: 'pg_stat_checkpointer', forced: 'num_requested', timed: 'num_timed' }
    : { view: 'pg_stat_bgwriter', forced: 'checkpoints_req', timed: 'checkpoints_timed' };
const counted = async (kind: 'forced' | 'timed'): Promise<number> =>
  Number(await sql(`SELECT ${counters()[kind]} FROM ${counters().view}`));

describe('C5 forced-checkpoints', () => {
  test('warns of those that were forced until others come by time', async () => {
    const first = await probe('C5');
    expect(first).toMatchObject({ standing: 'waiting' });
    const forced = await counted('forced');
    await sql('CHECKPOINT');
    await until('the count', async () => (await counted('forced')) > forced);
    const result = await probe('C5', { before: leftBy(first) });
    expect(result).toMatchObject({ standing: 'warn', values: { ForcedCheckpointPercent: 100 } });
    const timed = await counted('timed');
    const still = await probe('C5', { before: leftBy(result) });
    expect(still).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/^none since/),
      values: { ForcedCheckpointPercent: 100 },
    });
    await until('one by time', async () => (await counted('timed')) > timed, 60_000);
    expect(await probe('C5', { before: leftBy(still) })).toMatchObject({
      standing: 'ok',
      values: { ForcedCheckpointPercent: 0 },
    });
  });

  test('is blind where the counters may not be seen', async () => {
    await whileHidden(counters().view, async () => {
      expect(await probe('C5')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});
