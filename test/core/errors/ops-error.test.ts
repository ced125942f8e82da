import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { OpsError, toOpsError } from '../../../lib/core/errors/ops-error.ts';

/** As Node gives what the system refuses. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused, open '/srv/spool'`), {
    code,
    syscall: 'open',
    path: '/srv/spool',
  });
}

describe('toOpsError', () => {
  test('keeps an error that has a code', () => {
    const error = new OpsError('WAL-ABSENT', 'there is none');
    expect(toOpsError(error)).toBe(error);
  });

  test.each(['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE'])('says that the disk failed on %s', (code) => {
    const error = toOpsError(systemError(code));
    expect(error).toMatchObject({ code: 'HOST-IO', exitCode: 106, retryable: true });
    expect(error.message).toContain('/srv/spool');
  });

  test.each(['EACCES', 'EPERM', 'EROFS'])('says what this account may not do on %s', (code) => {
    expect(toOpsError(systemError(code))).toMatchObject({
      code: 'HOST-DENIED',
      exitCode: 107,
      retryable: false,
    });
  });

  test('takes a path that nobody expected to be absent for a fault of its own', async () => {
    const error: unknown = await readFile('/nowhere/at/all').catch((reason: unknown) => reason);
    expect(toOpsError(error).code).toBe('INTERNAL');
  });

  test('takes what a socket says for no word of a disk', async () => {
    const [error] = await once(createConnection(1, '127.0.0.1'), 'error', {
      signal: AbortSignal.timeout(5_000),
    }).catch((reason: unknown) => [reason]);
    expect(toOpsError(error).code).toBe('INTERNAL');
  });

  test.each([[new TypeError('no function')], ['text'], [undefined]])(
    'reports %s as its own fault',
    (thrown) => {
      expect(toOpsError(thrown).code).toBe('INTERNAL');
    },
  );
});
