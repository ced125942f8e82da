import { describe, expect, test } from 'vitest';
import { createOutput, type Output, type Streams } from '../../../bin/cli/output.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';

/** An output that keeps what it wrote. */
function recorded({ json = false, isTTY = false } = {}): {
  readonly output: Output;
  readonly said: { stdout: string; stderr: string };
} {
  const said = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof said): Streams['stdout'] =>
    ({
      isTTY,
      columns: 80,
      write: (text: string) => {
        said[name] += text;
        return true;
      },
      on: () => undefined,
      removeListener: () => undefined,
    }) as unknown as Streams['stdout'];
  return {
    output: createOutput({ stdout: stream('stdout'), stderr: stream('stderr') }, json),
    said,
  };
}

describe('a result', () => {
  test('is lines for people', () => {
    const { output, said } = recorded();
    output.result({ ok: true }, ['one', 'two']);
    expect(said).toEqual({ stdout: 'one\ntwo\n', stderr: '' });
  });

  test('without lines is silence', () => {
    const { output, said } = recorded();
    output.result({ ok: true }, []);
    expect(said.stdout).toBe('');
  });

  test('with --json is one document: an LSN is text, what is unknown is null', () => {
    const { output, said } = recorded({ json: true });
    output.result({ lsn: 5n, time: undefined, at: new Date(0) }, ['for people']);
    expect(said.stdout).toBe(
      '{"format":1,"lsn":"5","time":null,"at":"1970-01-01T00:00:00.000Z"}\n',
    );
  });
});

describe('a failure', () => {
  const error = new OpsError('WAL-GAP', 'a segment is missing', { details: { missing: 1 } });

  test('is on stderr, and with --json on stdout too', () => {
    const { output, said } = recorded({ json: true });
    output.failure(error);
    expect(said.stderr).toBe('ERROR WAL-GAP: a segment is missing\n');
    expect(JSON.parse(said.stdout)).toEqual({
      format: 1,
      error: {
        code: 'WAL-GAP',
        message: 'a segment is missing',
        hint: null,
        details: { missing: 1 },
      },
    });
  });
});

describe('a bar', () => {
  test('moves on a terminal, with a gauge once the total is known', () => {
    const { output, said } = recorded({ isTTY: true });
    const bar = output.bar('backup');
    bar.update(1, undefined, 'waiting');
    expect(said.stderr).not.toContain('%');
    bar.update(1, 2, 'copying');
    bar.stop();
    expect(said.stderr).toContain('backup');
    expect(said.stdout).toBe('');
  });

  test.each([{ json: true, isTTY: true }, { json: false }])('is silent with %j', (how) => {
    const { output, said } = recorded(how);
    const bar = output.bar('backup');
    bar.update(1, 2, 'copying');
    bar.stop();
    expect(said).toEqual({ stdout: '', stderr: '' });
  });
});
