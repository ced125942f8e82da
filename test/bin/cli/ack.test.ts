import { describe, expect, test, vi } from 'vitest';
import { runHere } from './run-holdfast.ts';

const ALARM = 'holdfast-prod-orders-BackupMissed';
const MISUSE = 2;

describe('ack without a meaning', () => {
  test.each([
    { words: [], says: 'name an alarm, or add --list' },
    { words: ['BackupMissed'], says: 'holdfast-<environment>-<cluster>-<what>' },
    { words: [ALARM, 'holdfast-prod'], says: 'holdfast-<environment>-<cluster>-<what>' },
    { words: ['--list', '--environment', 'prod', ALARM], says: '--list takes no names' },
    { words: ['--list'], says: 'set HOLDFAST_ENVIRONMENT' },
    { words: ['--list', '--environment', 'Prod'], says: 'lower-case' },
    { words: [ALARM, '--reason', ''], says: '1 to 500 characters' },
    { words: [ALARM, '--reason', 'x'.repeat(501)], says: '1 to 500 characters' },
    { words: [ALARM, '--by', 'x'.repeat(101)], says: '1 to 100 characters' },
    { words: [ALARM, '--cluster', 'orders'], says: 'unknown option' },
  ])('is wrong usage: $says', async ({ words, says }) => {
    vi.stubEnv('HOLDFAST_ENVIRONMENT', undefined);
    const { exitCode, stdout, stderr } = await runHere(['ack', ...words]);
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    vi.unstubAllEnvs();
  });

  test('is told as JSON too', async () => {
    const { exitCode, stdout } = await runHere(['ack', '--json']);
    expect(exitCode).toBe(MISUSE);
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, error: { code: 'USAGE' } });
  });
});
