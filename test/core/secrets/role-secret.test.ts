import { describe, expect, test } from 'vitest';
import { roleCredentials, withPassword } from '../../../lib/core/secrets/role-secret.ts';

const SECRET = { username: 'holdfast_backup', password: 'hunter2' };
const ARN = 'arn:aws:secretsmanager:eu-central-1:1:secret:backup';

describe('roleCredentials', () => {
  test('gives name and password, and the database that is always there', () => {
    expect(roleCredentials(JSON.stringify(SECRET), ARN)).toEqual({
      user: 'holdfast_backup',
      password: 'hunter2',
      database: 'postgres',
    });
    const text = JSON.stringify({ ...SECRET, dbname: 'orders', engine: 'postgres' });
    expect(roleCredentials(text, ARN).database).toBe('orders');
  });

  test.each([
    ['no JSON', '{"username": "holdfast_backup", "password": "hunter2"'],
    ['a list', '["holdfast_backup", "hunter2"]'],
    ['nothing', ''],
    ['no name', JSON.stringify({ password: 'hunter2' })],
    ['an empty password', JSON.stringify({ ...SECRET, password: '' })],
    ['a password that is none', JSON.stringify({ ...SECRET, password: { hunter2: 'hunter2' } })],
  ])('refuses %s, and tells nothing of what stands there', (_, text) => {
    const read = (): unknown => roleCredentials(text, ARN);
    expect(read).toThrowError(
      expect.objectContaining({
        code: 'SECRET-MALFORMED',
        message: expect.not.stringContaining('hunter2'),
        cause: undefined,
      }),
    );
  });
});

describe('withPassword', () => {
  test('changes the password and keeps all else, whatever it is', () => {
    const more = { host: 'db.internal', port: 5432, engine: 'postgres', note: { by: ['us'] } };
    const text = withPassword(JSON.stringify({ ...SECRET, ...more }), ARN, 'new');
    expect(JSON.parse(text)).toEqual({ ...SECRET, ...more, password: 'new' });
  });
});
