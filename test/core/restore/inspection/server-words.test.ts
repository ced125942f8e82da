import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { serverWords } from '../../../../lib/core/restore/inspection/server-words.ts';

const failed = (said: string): OpsError => new OpsError('PG-FAILED', `postgres failed: ${said}`);

describe('serverWords', () => {
  test('are what the server said, without times and processes', () => {
    const said = [
      '2026-11-22 06:29:32.373 GMT [24142] LOG:  could not open configuration file "/x.conf"',
      '2026-11-22 06:29:32.373 GMT [24142] FATAL:  configuration file "/y.conf" contains errors',
      'DETAIL:  Two  spaces and a full stop.',
    ].join('\n');
    expect(serverWords(failed(said))).toBe(
      'could not open configuration file "/x.conf"; configuration file "/y.conf" contains errors; ' +
        'Two spaces and a full stop',
    );
  });

  test('are the whole message when the server speaks another language', () => {
    expect(serverWords(failed('SCHWERWIEGEND:  nein'))).toContain('SCHWERWIEGEND:  nein');
  });
});
