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
  test('warns of three that were forced until three others come by time', async () => {
    const first = await probe('C5');
    expect(first).toMatchObject({ standing: 'waiting' });
    const forced = await counted('forced');
    await sql('CHECKPOINT');
    await until('the count', async () => (await counted('forced')) > forced);
    const backup = await probe('C5', { before: leftBy(first) });
    expect(backup).toMatchObject({ standing: 'ok', values: { ForcedCheckpointPercent: 0 } });
    for (let more = 2; more <= 3; more += 1) {
      await sql('CHECKPOINT');
      await until('the count', async () => (await counted('forced')) >= forced + more);
    }
    const result = await probe('C5', { before: leftBy(backup) });
    expect(result).toMatchObject({ standing: 'warn', values: { ForcedCheckpointPercent: 100 } });
    const timed = await counted('timed');
    const still = await probe('C5', { before: leftBy(result) });
    expect(still).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/^0 checkpoints, too few to judge/),
      values: { ForcedCheckpointPercent: 100 },
    });
    await until('one by time', async () => (await counted('timed')) > timed, 60_000);
    // Two others by time before that, which would take a minute.
    const before = leftBy(still);
    const earlier = { ...before.counters, 'C5.timed': Number(before.counters['C5.timed']) - 2 };
    expect(await probe('C5', { before: { ...before, counters: earlier } })).toMatchObject({
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
