import { defineEnvironment } from '../../lib/infra/deployment/deployment.ts';

export default defineEnvironment({
  account: '111111111111',
  region: 'eu-central-1',
  notifications: { page: { emails: ['oncall@example.com'] } },
  clusters: [
    {
      id: 'orders',
      instance: { type: 'r8g.xlarge' },
      volume: { sizeGiB: 500, iops: 6_000, throughputMiBps: 250 },
      backup: { schedule: { at: ['01:30'], timeZone: 'Europe/Berlin' } },
    },
  ],
});
