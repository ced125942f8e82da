import { describe, expect, test } from 'vitest';
import { planHba } from '../../../../lib/core/host/access/plan-hba.ts';

const config = { clientCidrs: ['10.1.0.0/16', '10.2.0.0/16'], taskCidrs: ['10.9.0.0/24'] };

describe('who may connect', () => {
  const rules = planHba(config)
    .hba.split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

  test('is decided by these rules, in this order', () => {
    expect(rules.map((fields) => fields.join(' '))).toEqual([
      'local all,replication postgres peer',
      'host all,replication postgres all reject',
      'hostssl all,replication holdfast_backup 10.9.0.0/24 scram-sha-256',
      'hostssl all holdfast_monitor 10.9.0.0/24 scram-sha-256',
      'hostssl all holdfast_pooler samenet scram-sha-256',
      'host all,replication holdfast_backup,holdfast_monitor,holdfast_pooler all reject',
      'hostssl all all 10.1.0.0/16 scram-sha-256',
      'hostssl all all 10.2.0.0/16 scram-sha-256',
      'hostssl all all samenet scram-sha-256',
    ]);
  });

  test('is nobody without a password or encryption, but for the account of the server itself', () => {
    const admitting = rules.filter((fields) => fields.at(-1) !== 'reject');
    const networked = admitting.filter(([type]) => type !== 'local');
    expect(new Set(networked.map(([type]) => type))).toEqual(new Set(['hostssl']));
    expect(new Set(networked.map((fields) => fields.at(-1)))).toEqual(new Set(['scram-sha-256']));
  });

  test('maps nobody to somebody else', () => {
    expect(planHba(config).ident).toMatch(/^#.*\n$/);
  });
});
