import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Env } from '../../../lib/core/contract/environment.ts';
import { runHere } from './run-holdfast.ts';

const VERBS = [
  'demo',
  'init',
  'agent',
  'backup',
  'list',
  'windows',
  'verify',
  'recover',
  'status',
  'ack',
  'wal-push',
  'wal-fetch',
];
const MISUSE = 2;
const PLACE = ['--store', 'file:///nowhere', '--cluster', 'orders'];
const SHIPPING = [...PLACE, '--spool', '/spool', '--data-dir', '/data'];

// Whatever the developer's own shell has set.
beforeEach(() => {
  for (const name of Object.values(Env)) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('help', () => {
  test('names every verb, the environment and the exit status, on stdout', async () => {
    const { exitCode, stdout, stderr } = await runHere(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
    expect(stdout).toContain('HOLDFAST_STORE');
    expect(stdout).toContain('PGHOST');
    expect(stdout).toContain('Exit status');
  });

  test.each(VERBS)('%s explains itself in lines that fit a terminal', async (verb) => {
    const { exitCode, stdout } = await runHere([verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: holdfast ${verb}`);
    expect(stdout).toContain('--json');
    expect(stdout.split('\n').filter((line) => line.length > 105)).toEqual([]);
  });

  test('recover shows every kind of target and a whole example', async () => {
    const { stdout } = await runHere(['recover', '--help']);
    for (const words of ['name:', 'xid:', 'latest', 'immediate', 'holdfast recover --to']) {
      expect(stdout).toContain(words);
    }
  });

  test('the version is the one of package.json', async () => {
    expect(await runHere(['--version'])).toMatchObject({ exitCode: 0, stdout: '0.1.0\n' });
  });
});

describe('a command line that is not understood', () => {
  test.each([
    { words: ['lst'], says: 'Did you mean list?' },
    { words: ['recovr', '--to', 'latest'], says: 'Did you mean recover?' },
    { words: ['list', '--stor', 'file:///x'], says: 'Did you mean --store?' },
    { words: ['verify', ...PLACE, '--depe'], says: 'Did you mean --deep?' },
    { words: [], says: 'Usage: holdfast' },
    { words: ['list'], says: 'add --store <url>, or set HOLDFAST_STORE' },
    { words: ['list', '--store', 'file:///x'], says: 'HOLDFAST_CLUSTER' },
    { words: ['agent', ...PLACE], says: 'HOLDFAST_SPOOL' },
    { words: ['recover', ...PLACE, '--data-dir', '/x'], says: 'add --to <target>' },
    { words: ['recover', ...PLACE, '--to', 'latest'], says: 'HOLDFAST_DATA_DIR' },
    { words: ['list', ...PLACE, 'everything'], says: 'too many arguments' },
    { words: ['list', '--store', 'file:///x', '--cluster', 'Orders'], says: 'lower-case' },
    { words: ['agent', ...SHIPPING, '--parallel', '0'], says: 'from 1 to 16' },
    { words: ['agent', ...SHIPPING, '--parallel', '17'], says: 'from 1 to 16' },
    { words: ['backup', ...PLACE, '--parallel', '-1'], says: 'from 1 to 64' },
    { words: ['backup', ...PLACE, '--timeout', '1e3'], says: 'whole number' },
    { words: ['backup', ...PLACE, '--max-rate', '31'], says: 'from 32' },
    { words: ['backup', ...PLACE, '--checkpoint', 'slow'], says: 'fast, spread' },
    { words: ['status', ...PLACE, '--port', '65536'], says: 'from 1 to 65535' },
    { words: ['init', ...SHIPPING, '--archive-timeout', '0'], says: 'from 1' },
    { words: ['recover', ...SHIPPING.slice(0, 4), '--timeline', '0'], says: 'from 1' },
    { words: ['demo', '--seconds', 'many'], says: 'whole number' },
    // Both would be the working directory, which may be anything.
    { words: ['status', ...PLACE, '--data-dir', ''], says: 'path of a directory' },
    { words: ['agent', ...PLACE, '--spool', ''], says: 'path of a directory' },
    {
      words: ['recover', ...PLACE, '--to', 'latest', '--dry-run', '--execute'],
      says: "cannot be used with option '--execute'",
    },
  ])('$words: status 2, and $says', async ({ words, says }) => {
    const { exitCode, stdout, stderr } = await runHere(words);
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
  });

  test('with --json is one line of JSON too', async () => {
    const { exitCode, stdout, stderr } = await runHere(['list', '--json', '--stor', 'x']);
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain('--stor');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      error: { code: 'USAGE', message: expect.stringContaining('--store') },
    });
  });

  test('an empty variable is no directory either', async () => {
    vi.stubEnv('HOLDFAST_DATA_DIR', '');
    const { exitCode, stderr } = await runHere(['recover', ...PLACE, '--to', 'latest']);
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain('HOLDFAST_DATA_DIR');
  });

  test.each([[[]], [['00000001.history']], [['x', 'y', '--nonsense']]])(
    'for wal-fetch %j is 200: PostgreSQL reads 2 as the end of the WAL',
    async (words) => {
      expect(await runHere(['wal-fetch', ...words])).toMatchObject({ exitCode: 200 });
    },
  );
});

describe('a failure', () => {
  test('is told to people on stderr, with its code and a hint', async () => {
    const { exitCode, stdout, stderr } = await runHere(['list', ...PLACE]);
    expect(exitCode).toBe(57);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^ERROR STORE-MISSING: .*\nHINT: .*\n$/);
  });

  test('with --json is one line of JSON on stdout too', async () => {
    const { exitCode, stdout } = await runHere(['list', ...PLACE, '--json']);
    expect(exitCode).toBe(57);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      error: {
        code: 'STORE-MISSING',
        message: expect.any(String),
        hint: expect.any(String),
        details: expect.any(Object),
      },
    });
  });

  test('of wal-fetch is 200, whatever its code', async () => {
    const words = ['wal-fetch', ...PLACE, '000000010000000000000001', '/nowhere/target'];
    const { exitCode, stderr } = await runHere(words);
    expect(exitCode).toBe(200);
    expect(stderr).toContain('STORE-MISSING');
  });
});
