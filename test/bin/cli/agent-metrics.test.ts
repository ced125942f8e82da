import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeployedEnv, Env } from '../../../lib/core/contract/environment.ts';
import { runHere } from './run-holdfast.ts';

const MISUSE = 2;
const PLACE = ['--store', 'file:///nowhere', '--cluster', 'orders'];
const AGENT = ['agent', ...PLACE, '--spool', '/nowhere/spool', '--data-dir', '/nowhere/data'];

// Whatever the developer's own shell has set.
beforeEach(() => {
  for (const name of [Env.METRICS, DeployedEnv.ENVIRONMENT]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the metrics of an agent', () => {
  test.each([
    { words: ['--metrics'], says: 'add --environment <name>, or set HOLDFAST_ENVIRONMENT' },
    { words: ['--metrics', 'statsd', '--environment', 'prod'], says: 'Allowed choices are emf' },
    { words: ['--metrics', '--environment', 'Prod'], says: 'lower-case letters and digits' },
    { words: ['--metrics', '--environment', 'prod', '--json'], says: 'cannot be used with' },
  ])('are refused with $words', async ({ words, says }) => {
    const { exitCode, stderr } = await runHere([...AGENT, ...words]);
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain(says);
  });

  test('are refused when the environment asks for another kind, or for none of a deployment', async () => {
    vi.stubEnv(Env.METRICS, 'yes');
    expect((await runHere(AGENT)).stderr).toContain('Allowed choices are emf');
    vi.stubEnv(Env.METRICS, 'emf');
    expect((await runHere(AGENT)).stderr).toContain('HOLDFAST_ENVIRONMENT');
  });

  test('are asked for in words or by the environment, and off by default', async () => {
    // There is nothing to ship from: what is refused is no longer the command line.
    const refused = { exitCode: 49, stderr: expect.stringContaining('WAL-SPOOL') };
    expect(await runHere(AGENT)).toMatchObject(refused);
    expect(await runHere([...AGENT, '--metrics', '--environment', 'prod'])).toMatchObject(refused);
    vi.stubEnv(Env.METRICS, 'emf');
    vi.stubEnv(DeployedEnv.ENVIRONMENT, 'prod');
    expect(await runHere(AGENT)).toMatchObject(refused);
  });
});
