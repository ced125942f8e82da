import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { measurePooler } from '../../../../lib/core/host/pooler/measure-pooler.ts';
import { poolMetrics } from '../../../../lib/core/host/pooler/pool-metrics.ts';
import type { Pool } from '../../../../lib/core/ports/pooler-console.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { recordingLog } from '../../../support/recording-log.ts';
import { recordingTelemetry } from '../../../support/recording-telemetry.ts';

const IDLE: Pool = {
  database: 'shop',
  user: 'app',
  clientsActive: 0,
  clientsWaiting: 0,
  serversActive: 0,
  maxWaitSec: 0,
};

describe('the metrics of a pooler', () => {
  test('are sums over its pools, but the wait is the longest of all', () => {
    const pools = [
      { ...IDLE, clientsActive: 5, clientsWaiting: 2, serversActive: 3, maxWaitSec: 0.25 },
      { ...IDLE, user: 'reader', clientsActive: 1, clientsWaiting: 1, maxWaitSec: 7.5 },
      { ...IDLE, database: 'postgres', serversActive: 1 },
    ];
    expect(Object.fromEntries(poolMetrics(pools))).toEqual({
      PoolerClientsActive: 6,
      PoolerClientsWaiting: 3,
      PoolerServersActive: 4,
      PoolerMaxWaitSec: 7.5,
    });
  });

  test('leave out the console, where whoever asks is a client', () => {
    const console = { ...IDLE, database: 'pgbouncer', user: 'pgbouncer', clientsActive: 1 };
    expect(poolMetrics([console])).toEqual(poolMetrics([IDLE]));
  });

  test('are 0 where nobody has come yet', () => {
    expect(poolMetrics([]).map(([, value]) => value)).toEqual([0, 0, 0, 0]);
  });
});

describe('measurePooler', () => {
  test('tells at once and then each minute, in its middle, and goes on when it could not', async () => {
    const stop = new AbortController();
    const [clock, log, telemetry] = [fakeClock(), recordingLog(), recordingTelemetry()];
    const asked: string[] = [];
    const answers = [[IDLE], 'refused', [{ ...IDLE, clientsWaiting: 4 }]] as const;
    const console = {
      pools: async (): Promise<readonly Pool[]> => {
        const answer = answers[asked.length];
        asked.push(clock.now().toISOString().slice(17));
        if (asked.length === answers.length) stop.abort();
        if (answer === undefined || answer === 'refused') {
          throw new OpsError('PG-CONNECT', 'nobody is there', { hint: 'is it running?' });
        }
        return answer;
      },
    };
    const running = measurePooler({ console, telemetry, clock, log }, stop.signal);
    await clock.advance(2 * 60_000);
    await running;
    expect(asked.slice(1)).toEqual(['30.000Z', '30.000Z']);
    expect(telemetry.flushed.map(({ PoolerClientsWaiting }) => PoolerClientsWaiting)).toEqual([
      0, 4,
    ]);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        event: 'pooler.not_measured',
        fields: expect.objectContaining({ error_code: 'PG-CONNECT' }),
      },
    ]);
  });

  test('says nothing of a question that ended because it was told to stop', async () => {
    const stop = new AbortController();
    const log = recordingLog();
    const console = {
      pools: async (): Promise<never> => {
        stop.abort();
        throw new OpsError('ABORTED', 'stopped');
      },
    };
    const telemetry = recordingTelemetry();
    await measurePooler({ console, telemetry, clock: fakeClock(), log }, stop.signal);
    expect([log.lines, telemetry.flushed]).toEqual([[], []]);
  });
});
