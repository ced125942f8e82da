import { describe, expect, test } from 'vitest';
import { AuditArchiveConfig, HashAuditConfig } from '../../../lib/core/config/audit-config.ts';
import { TaskRunConfig } from '../../../lib/core/config/starter-config.ts';
import { STARTER_TIMEOUT_SEC } from '../../../lib/core/contract/deployed-names.ts';
import { ScheduledHashAudit } from '../../../lib/core/runs/start-hash-audit.ts';
import {
  containerVariables,
  functionAt,
  taskContainer,
  variablesOf,
} from '../support/environments.ts';
import { clusterOf } from '../support/inputs.ts';
import { objectOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';

const STACK = 'orders-Archive';
const synthesis = synthesize();

describe('the audits of an archive', () => {
  test('go by the policy of the file', () => {
    const retention = { days: 60 };
    const from = synthesize(clusterOf({ retention }));
    const told = variablesOf(functionAt(from, `${STACK}/Audits/AuditArchive`));
    expect(AuditArchiveConfig.parse(told)).toMatchObject({
      cluster: 'orders',
      storeUrl: 's3://holdfast-prod-orders-111111111111',
      policy: { windowDays: 60 },
    });
  });

  test('run every hour, and read bytes once a day', () => {
    const schedules = synthesis
      .resources('AWS::Scheduler::Schedule')
      .filter(({ stack }) => stack === STACK);
    const of = (name: string) => schedules.find(({ path }) => path.endsWith(`/${name}`));
    expect(of('AuditArchive')?.properties['ScheduleExpression']).toBe('rate(1 hour)');
    const daily = of('HashAudit')?.properties;
    expect(textOf(daily?.['ScheduleExpression'])).toMatch(/^cron\(45 \d+ \* \* \? \*\)$/);
    const input = textOf(objectOf(daily?.['Target'])['Input']);
    const at = '2026-12-01T02:30:00Z';
    const sent: unknown = JSON.parse(input.replaceAll('<aws.scheduler.scheduled-time>', at));
    expect(ScheduledHashAudit.parse(sent)).toEqual({
      kind: 'hash-audit',
      scheduledTime: new Date(at),
    });
  });

  test('start and judge a task of a cluster of its own, which reaches AWS and nothing else', () => {
    expect(taskContainer(synthesis, STACK)['Command']).toEqual(['hash-audit']);
    expect(taskContainer(synthesis, STACK)).toMatchObject({ ReadonlyRootFilesystem: true });
    const told = HashAuditConfig.parse(containerVariables(taskContainer(synthesis, STACK)));
    expect(told).toMatchObject({ cluster: 'orders', timeoutSec: 21_600, maxBytes: undefined });
    for (const name of ['StartHashAudit', 'JudgeTask']) {
      const made = functionAt(synthesis, `${STACK}/Audits/${name}`);
      expect(TaskRunConfig.parse(variablesOf(made)).capacityProvider).toBe('FARGATE_SPOT');
      expect(made.properties['Timeout']).toBeLessThanOrEqual(STARTER_TIMEOUT_SEC);
    }
    const template = synthesis.template(STACK);
    template.hasResourceProperties('AWS::ECS::TaskDefinition', { Cpu: '1024', Memory: '2048' });
    template.hasResourceProperties('AWS::ECS::Cluster', {
      ClusterName: 'holdfast-prod-orders-audit',
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
    });
  });
});
