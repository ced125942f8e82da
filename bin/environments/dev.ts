import { defineEnvironment } from '../../lib/infra/deployment/deployment.ts';

/** Small and cheap: one NAT gateway, spot capacity for backups, two weeks kept. */
export default defineEnvironment({
  account: '111111111111',
  region: 'eu-central-1',
  notifications: { page: { emails: ['oncall@example.com'] } },
  network: { cidr: '10.44.0.0/16', egress: 'nat' },
  terminationProtection: false,
  clusters: [
    {
      id: 'orders',
      instance: { type: 't4g.medium' },
      volume: { sizeGiB: 20 },
      backup: { capacity: 'FARGATE_SPOT', size: { vcpu: 1 } },
      retention: { days: 14 },
    },
  ],
});
