import { describe, expect, test } from 'vitest';
import { planSettings } from '../../../../lib/core/host/settings/plan-settings.ts';
import { renderConf } from '../../../../lib/core/host/settings/render-conf.ts';
import { HOST } from './hosts.ts';

describe('a postgresql.conf', () => {
  test('has every setting below its reason', () => {
    const { settings } = planSettings(HOST);
    const lines = renderConf(settings).trimEnd().split('\n');
    expect(lines).toHaveLength(settings.size * 2);
    expect(lines.slice(0, 2)).toEqual([
      expect.stringMatching(/^# some tens/),
      "max_connections = '40'",
    ]);
  });

  test('has quotes and backslashes as the scanner of PostgreSQL takes them', () => {
    const value = String.raw`it's C:\n`;
    expect(renderConf(new Map([['a.b', { value, why: 'x' }]]))).toBe(
      `# x\na.b = 'it''s C:\\\\n'\n`,
    );
  });

  test.each(['x\nfsync = off', 'x\r', 'x\0'])('fails when %j would end its line', (value) => {
    expect(() => renderConf(new Map([['a.b', { value, why: 'x' }]]))).toThrowError(
      expect.objectContaining({ code: 'HOST-SETTINGS' }),
    );
  });
});
