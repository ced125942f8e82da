import { describe, expect, test } from 'vitest';
import { runTool, toolProcess } from '../../../../lib/core/adapters/postgres/run-tool.ts';

const SHELL = '/bin/sh';

describe('runTool', () => {
  test('gives what the program printed', async () => {
    expect(await runTool(SHELL, ['-c', 'echo out; echo err >&2'])).toBe('out');
  });

  test('passes text to its standard input', async () => {
    expect(await runTool(SHELL, ['-c', 'cat'], { input: 'select 1' })).toBe('select 1');
  });

  test('fails when the program fails, with the last lines it wrote to stderr', async () => {
    const script = 'for i in 1 2 3 4 5 6; do echo "line $i" >&2; done; exit 3';
    const failure = runTool(SHELL, ['-c', script]);
    await expect(failure).rejects.toMatchObject({
      code: 'PG-FAILED',
      details: { program: 'sh', exitCode: 3 },
      message: 'sh failed: line 2\nline 3\nline 4\nline 5\nline 6',
    });
  });

  test('fails when there is no such program', async () => {
    await expect(runTool('/nonexistent/psql', [])).rejects.toMatchObject({ code: 'PG-FAILED' });
  });

  test('fails when the deadline passes', async () => {
    const late = runTool('/bin/sleep', ['20'], { timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'PG-TIMEOUT' });
  });

  test('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('stop');
    const before = runTool('/bin/sleep', ['20'], { signal: AbortSignal.abort(reason) });
    await expect(before).rejects.toBe(reason);
    const controller = new AbortController();
    const during = runTool('/bin/sleep', ['20'], { signal: controller.signal });
    controller.abort(reason);
    await expect(during).rejects.toBe(reason);
  });
});

describe('toolProcess', () => {
  test("keeps libpq's variables of this process away, and passes those given", () => {
    process.env['PGHOST'] = 'elsewhere';
    try {
      const { env } = toolProcess({ environment: { PGPORT: '6000' } });
      expect(env['PGHOST']).toBeUndefined();
      expect(env['PGPORT']).toBe('6000');
      expect(env['LC_ALL']).toBe('C');
    } finally {
      delete process.env['PGHOST'];
    }
  });

  test('never names root as the account', () => {
    const started = toolProcess({});
    expect(started.uid).not.toBe(0);
    expect(started.uid === undefined).toBe(process.getuid?.() !== 0);
  });
});
