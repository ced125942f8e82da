import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';
import { EXISTING_NETWORK, environmentOf } from './inputs.ts';
import { roleStatements, type Statement } from './policies.ts';
import type { Resource } from './resources.ts';
import { synthesize } from './synthesis.ts';

/** One of each choice that an environment's file has: what holds everywhere must hold in all of them. */
export const VARIANTS = {
  'three lines': environmentOf(),
  'a NAT gateway': environmentOf({ network: { egress: 'nat' } }),
  'a network that is there already': environmentOf({ network: EXISTING_NETWORK }),
  'two clusters with all that can be said': environmentOf({
    availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    notifications: {
      page: { emails: ['oncall@example.com'], pagerDutySecret: 'pagers/pagerduty' },
      ticket: { emails: ['team@example.com'], slackSecret: 'pagers/slack' },
    },
    clusters: [
      {
        id: 'orders',
        instance: { type: 'm7i.large', architecture: 'x86_64', ami: 'ami-0123456789abcdef0' },
        availabilityZone: 'eu-central-1b',
        postgres: { major: 17, settings: { work_mem: '64MB' } },
        volume: { sizeGiB: 500, iops: 6_000, throughputMiBps: 500 },
        backup: {
          schedule: { at: ['01:30', '13:00'], timeZone: 'Europe/Berlin' },
          maxRateKiB: 65_536,
          capacity: 'FARGATE_SPOT',
          size: { vcpu: 4 },
        },
        clientCidrs: ['10.1.0.0/16', '10.2.0.0/16'],
        pooler: { enabled: false },
        onLostData: 'recover',
        maintenanceWindow: { start: '02:00', minutes: 60 },
        health: { endpoint: true, thresholds: { diskDaysLeft: { warn: 14, page: 3 } } },
        breakGlassRoleArn: 'arn:aws:iam::111111111111:role/break-glass',
        copy: { region: 'eu-west-1', retention: { days: 14 } },
      },
      {
        id: 'billing',
        envelope: true,
        notifications: { page: { emails: ['billing@example.com'] } },
      },
    ],
  }),
} satisfies Record<string, DeploymentInput>;

/** For `test.each`: each variant's name and its resources. */
export const EVERYWHERE = Object.keys(VARIANTS) as readonly (keyof typeof VARIANTS)[];

/** Resources of one type in all variants. */
export function everywhere(type?: string): readonly Resource[] {
  return Object.values(VARIANTS).flatMap((input) => synthesize(input).resources(type));
}

/** What roles may do in all variants. */
export function everyStatement(): readonly Statement[] {
  return Object.values(VARIANTS).flatMap((input) => roleStatements(synthesize(input)));
}

/** All templates of all variants, as text. */
export function everyTemplate(): string {
  return JSON.stringify(
    Object.values(VARIANTS).flatMap((input) =>
      synthesize(input).assembly.stacks.map(({ template }) => template),
    ),
  );
}
