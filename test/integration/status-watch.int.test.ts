import { rename } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bareEnvironment } from '../bin/cli/run-holdfast.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { operatorEnvironment } from '../support/diagnosis.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { until } from '../support/until.ts';

const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const CONTROL_C = '\u0003';

let cluster: ProtectedCluster;
let words: readonly string[];

beforeAll(async () => {
  cluster = await startProtectedCluster();
  words = ['status', '--store', cluster.storeUrl, '--cluster', CLUSTER, '--watch', '--every', '1'];
});
afterAll(async () => cluster[Symbol.asyncDispose]());

interface Watch {
  readonly ended: Promise<{ readonly exitCode?: number | undefined; readonly stdout: string }>;
  readonly said: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As a person does on the terminal. */
  readonly press: (key: string) => void;
}

function start(program: string, args: readonly string[]): Watch {
  const env = { ...bareEnvironment(operatorEnvironment(cluster)), TERM: 'xterm' };
  const child = execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
    cwd: '/',
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    ended: child,
    said: () => said,
    kill: (signal) => void child.kill(signal),
    press: (key) => void child.stdin.write(key),
  };
}

/** The documents that stand on whole lines so far. */
function documents(text: string): readonly Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('status --watch', () => {
  test('with --json prints one document a line, survives a lost store, and ends in order', async () => {
    const { ended, kill, said } = start(NODE, [HOLDFAST, ...words, '--json']);
    await until('two documents', () => documents(said()).length >= 2);
    expect(documents(said())[0]).toEqual({
      format: 1,
      at: expect.any(String),
      readAt: expect.any(String),
      error: null,
      remarks: [],
      status: expect.objectContaining({ cluster: CLUSTER, recoverablePoint: null, drill: null }),
    });
    const aside = `${cluster.storeDirectory}-aside`;
    await rename(cluster.storeDirectory, aside);
    const last = (): Record<string, unknown> | undefined => documents(said()).at(-1);
    const lost = await until('the loss is told', () => last()?.['error'] !== null && last());
    expect(lost).toMatchObject({
      error: { code: 'STORE-MISSING', since: expect.any(String) },
      status: { cluster: CLUSTER },
    });
    await rename(aside, cluster.storeDirectory);
    await until('it is back', () => last()?.['error'] === null);
    kill('SIGINT');
    expect((await ended).exitCode).toBe(0);
  });

  test('into a pipe prints a block a refresh', async () => {
    const { ended, kill, said } = start(NODE, [HOLDFAST, ...words]);
    await until('two blocks', () => said().split('\nrecoverable point').length > 2);
    expect(said()).not.toContain('\u001B');
    kill('SIGTERM');
    expect((await ended).exitCode).toBe(0);
  });

  test('of a store that is not there ends at once', async () => {
    const { ended } = start(NODE, [HOLDFAST, ...words, '--store', 'file:///nowhere', '--json']);
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(57);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'STORE-MISSING' } });
  });
});

// util-linux's program gives a terminal.
describe.runIf(process.platform === 'linux')('on a terminal', () => {
  const onTerminal = (columns: number, rows: number): Watch => {
    const watch = [NODE, HOLDFAST, ...words].map((word) => `'${word}'`).join(' ');
    const line = `stty cols ${columns} rows ${rows}; exec ${watch}`;
    return start('script', ['-qefc', line, '/dev/null']);
  };

  test('it has a screen of its own, and Ctrl-C gives back the one before', async () => {
    const { ended, press, said } = onTerminal(100, 40);
    await until('the screen is drawn', () => said().includes('recoverable point'));
    press(CONTROL_C);
    expect((await ended).exitCode).toBe(0);
    expect(said().startsWith(ENTER)).toBe(true);
    expect(said().split(ENTER)).toHaveLength(2);
    expect(said().split(LEAVE)).toHaveLength(2);
  });

  test('its lines fit a small window', async () => {
    const { ended, press, said } = onTerminal(30, 6);
    await until('the screen is drawn', () => said().includes('more lines'));
    press(CONTROL_C);
    await ended;
    const [frame = ''] = (said().split('\u001B[H').at(-1) ?? '').split('\u001B[J');
    const lines = stripVTControlCharacters(frame).split(/\r+\n/);
    expect(lines).toHaveLength(6);
    expect(lines.filter((text) => text.length > 30)).toEqual([]);
  });

  test('a failure that ends it is read on the screen before', async () => {
    words = words.map((word) => (word === cluster.storeUrl ? 'file:///nowhere' : word));
    const { ended, said } = onTerminal(100, 40);
    expect((await ended).exitCode).toBe(57);
    expect(said().indexOf('STORE-MISSING')).toBeGreaterThan(said().indexOf(LEAVE));
  });
});
