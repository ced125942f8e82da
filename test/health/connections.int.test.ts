import { describe, expect, test } from 'vitest';
import { CONNECTION_CHECKS } from '../../lib/core/health/checks/connections.ts';
import { checkOf } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';

const { probe, open } = watchedServer({
  settings: { max_connections: '20', superuser_reserved_connections: '3' },
});
const check = checkOf(CONNECTION_CHECKS, 'B5');
/** The probe itself has one of the seventeen. */
const NEARLY_ALL = 15;

describe('B5 connections', () => {
  test('is fine with a few, and counts the reserved ones as not to be had', async () => {
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'ok', says: '1 of 17 connections in use' });
    expect(result.values?.ConnectionsPercent).toBeCloseTo(100 / 17);
    expect(result.findings).toBeUndefined();
  });

  test('pages when nearly all are in use, and says whose they are', async () => {
    await using sessions = new AsyncDisposableStack();
    for (let count = 0; count < NEARLY_ALL; count += 1) {
      sessions.use(await open({ user: 'stranger', app: 'shop' }));
    }
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'page', says: '16 of 17 connections in use' });
    expect(result.findings?.[0]).toEqual({
      subject: 'stranger in postgres',
      says: `${NEARLY_ALL} connections through shop`,
    });
  });

  test('is blind to a role that sees no session but its own', async () => {
    const result = await probe(check, {}, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/pg_read_all_stats/);
    expect(result.values).toBeUndefined();
  });
});
