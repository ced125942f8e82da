import { defineEnvironment } from '../../lib/infra/deployment/deployment.ts';

export default defineEnvironment({
  account: '111111111111',
  region: 'eu-central-1',
  notifications: { page: { emails: ['oncall@example.com'] } },
  network: { cidr: '10.43.0.0/16' },
  clusters: [{ id: 'orders' }],
});
