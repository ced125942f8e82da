import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { openObjectStore } from '../../../lib/core/adapters/store/open-object-store.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { claimTestLineage, LINEAGE_IDENTITY } from '../../support/wal-fixture.ts';
import { HOLDFAST } from '../../support/checkout.ts';
import { bareEnvironment, failureOf, runHoldfast } from './run-holdfast.ts';

const NOWHERE = ['--store', 'file:///nowhere', '--cluster', 'orders'];
const ESCAPE = '\u001B';

let place: readonly string[];

beforeEach(async () => {
  const store = await openObjectStore(pathToFileURL(await temporaryFolder()));
  await claimTestLineage(store);
  place = ['--store', store.url, '--cluster', LINEAGE_IDENTITY.cluster];
});

/** What a person sees; util-linux's `script` gives the program a terminal. */
function onTerminal(words: readonly string[]): string {
  const line = [process.execPath, HOLDFAST, ...words].map((word) => `'${word}'`).join(' ');
  const { stdout, error } = spawnSync('script', ['-qefc', line, '/dev/null'], {
    encoding: 'utf8',
    env: bareEnvironment({ TERM: 'xterm' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) throw error;
  return stdout;
}

// The device and the programs that these need are Linux's.
describe.runIf(process.platform === 'linux')('who reads the output', () => {
  test('may close it early', async () => {
    const line = `"${process.execPath}" "${HOLDFAST}" "$@" | true; echo "\${PIPESTATUS[0]}"`;
    for (const words of [['--help'], ['list', ...place], ['verify', ...place, '--json']]) {
      const { stdout, stderr } = await execa('bash', ['-c', line, 'bash', ...words]);
      expect({ stdout, stderr }).toEqual({ stdout: '0', stderr: '' });
    }
  });

  test('and cannot be told, as on a full disk, is a failure with a code', async () => {
    const line = `exec "${process.execPath}" "${HOLDFAST}" "$@" > /dev/full`;
    const { exitCode, stdout, stderr } = await execa('sh', ['-c', line, 'sh', 'list', ...place], {
      reject: false,
    });
    expect(failureOf({ exitCode, stdout, stderr })).toEqual({
      exitCode: 122,
      code: 'INTERNAL',
      hasHint: true,
    });
  });

  test('finds colours and bars on a terminal only', async () => {
    expect((await runHoldfast(['list', ...NOWHERE])).stderr).not.toContain(ESCAPE);
    expect((await runHoldfast(['verify', ...place])).stderr).not.toContain(ESCAPE);
    expect(onTerminal(['list', ...NOWHERE])).toContain(`${ESCAPE}[31mERROR${ESCAPE}[39m`);
    // A bar hides the cursor while it moves.
    expect(onTerminal(['verify', ...place])).toContain(`${ESCAPE}[?25l`);
    expect(onTerminal(['verify', ...place, '--json'])).not.toContain(ESCAPE);
  });
});

describe('a store without a backup', () => {
  test.each([
    { verb: 'list', says: 'There is no complete base backup.' },
    { verb: 'windows', says: 'Nothing can be recovered' },
    { verb: 'verify', says: 'nothing can be recovered' },
    { verb: 'status', says: 'NONE: nothing can be recovered' },
    { verb: 'status', says: 'EMPTY: no WAL has arrived' },
  ])('$verb says so: $says', async ({ verb, says }) => {
    const { exitCode, stdout } = await runHoldfast([verb, ...place]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(says);
  });
});
