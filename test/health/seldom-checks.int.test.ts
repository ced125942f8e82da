import { z } from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { type ServerCheck, serverCheck } from '../../lib/core/health/check.ts';
import { blind, type Judgement, ok } from '../../lib/core/health/judgement.ts';
import { probeDatabase } from '../../lib/core/health/probe-database.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { testServer } from '../support/postgres-server.ts';
import { testProbe } from '../support/probe-context.ts';

const it = testServer();

beforeAll(async () => {
  await using setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
});

function hourly(judgement: Judgement): ServerCheck {
  return serverCheck({
    id: 'C10',
    name: 'made-up',
    tier: 'C',
    group: 'schema',
    about: 'a test is made',
    needs: 'nothing',
    look: 'SELECT 1',
    source: 'a test',
    everyMinutes: 60,
    query: () => 'SELECT 1 AS one',
    row: z.object({}),
    judge: () => judgement,
  });
}

/** The probe that judges so in each of `minutes`, and what it has published in all. */
function probed(): (
  judgement: Judgement,
  ...minutes: readonly number[]
) => Promise<readonly Readonly<Record<string, number>>[]> {
  const probe = testProbe({ ...it().server.connection, user: MONITOR });
  return async (judgement, ...minutes) => {
    const checks = { sql: [hourly(judgement)], facts: [] };
    for (const minute of minutes) {
      await probeDatabase(new Date(Date.UTC(2026, 11, 1, 0, minute)), { ...probe, checks });
    }
    return probe.telemetry.flushed;
  };
}

describe('a check that is due once an hour', () => {
  test('is counted as blind in every minute until it sees, and its value is sent once', async () => {
    const probe = probed();
    await probe(blind('nothing to see'), 0, 1, 2);
    const sent = await probe(ok('seen', { values: { BloatedTables: 2 } }), 60, 61);
    expect(sent.map(({ ChecksBlindC }) => ChecksBlindC)).toEqual([1, 1, 1, 0, 0]);
    expect(sent.map(({ ChecksRunC }) => ChecksRunC)).toEqual([1, 1, 1, 1, 1]);
    const values = sent.map(({ BloatedTables }) => BloatedTables);
    expect(values).toEqual([undefined, undefined, undefined, 2, undefined]);
  });
});
