import { describe, expect, test } from 'vitest';
import { parseStoreUrl } from '../../../../lib/core/adapters/store/store-url.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';

describe('store URL', () => {
  test.each([
    ['file:///var/backups', { kind: 'folder', path: '/var/backups' }],
    ['file:///var/my%20backups/', { kind: 'folder', path: '/var/my backups/' }],
    ['s3://backups', { kind: 's3', bucket: 'backups', prefix: '' }],
    ['s3://backups/', { kind: 's3', bucket: 'backups', prefix: '' }],
    ['s3://my.backups/prod/db-1', { kind: 's3', bucket: 'my.backups', prefix: 'prod/db-1/' }],
    ['s3://backups/prod/', { kind: 's3', bucket: 'backups', prefix: 'prod/' }],
  ])('%s is understood', (url, location) => {
    expect(parseStoreUrl(url)).toEqual(location);
  });

  test.each([
    '',
    'backups',
    './backups',
    '/var/backups',
    'file:backups',
    'file://backups/dir',
    'file:////server/share',
    'file:///a%2Fb',
    'file:///var/backups?x=1',
    's3:///prod',
    's3:backups',
    's3://Backups/prod',
    's3://b/prod',
    's3://backups:9000/prod',
    's3://backups/a//b',
    's3://backups/%2e%2e',
    's3://backups/a/../b',
    's3://backups/prod#x',
    'https://backups.s3.amazonaws.com',
    'memory:',
  ])('%j is refused with a hint', (url) => {
    expect(refusal(url)).toMatchObject({
      code: 'STORE-URL',
      hint: expect.stringContaining('file:'),
    });
  });

  test('credentials are refused and not repeated', () => {
    const error = refusal('s3://AKIAEXAMPLE:hunter2@backups/prod');
    expect(error.code).toBe('STORE-URL');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/AKIA|hunter2/);
  });
});

function refusal(url: string): OpsError {
  try {
    parseStoreUrl(url);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error(`${url} was not refused`);
}
