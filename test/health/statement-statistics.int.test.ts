import { describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { testServer } from '../support/postgres-server.ts';

const plain = testServer();
const loaded = testServer({
  settings: { shared_preload_libraries: 'auto_explain, pg_stat_statements' },
});

async function extensions(it: typeof plain, database = 'postgres'): Promise<string> {
  return it().server.run(
    'psql',
    ['-XAtqc', "SELECT extnamespace::regnamespace FROM pg_extension WHERE extname ~ 'stat'"],
    { environment: { PGDATABASE: database } },
  );
}

describe('statistics of statements', () => {
  test('are there to read where the server has loaded them, in that one database', async () => {
    await using setup = openClusterSetup(loaded().server.connection);
    expect(await setup.lacksStatementStatistics()).toBe(true);
    expect(await setup.ensureStatementStatistics()).toBe('created');
    expect(await setup.lacksStatementStatistics()).toBe(false);
    expect(await setup.ensureStatementStatistics()).toBe('present');
    expect(await extensions(loaded)).toBe('public');
    expect(await extensions(loaded, 'template1')).toBe('');
  });

  test('are left alone where nobody loads them: the view would only fail', async () => {
    await using setup = openClusterSetup(plain().server.connection);
    expect(await setup.lacksStatementStatistics()).toBe(false);
    expect(await setup.ensureStatementStatistics()).toBe('present');
    expect(await extensions(plain)).toBe('');
  });
});
