import { describe, expect, test } from 'vitest';
import { BaseBackupConfig } from '../../../lib/core/config/base-backup-config.ts';
import { STARTER_TIMEOUT_SEC } from '../../../lib/core/contract/deployed-names.ts';
import { ScheduledBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { containerVariables, functionAt, taskContainer } from '../support/environments.ts';
import { clusterOf } from '../support/inputs.ts';
import { resourceStatements } from '../support/policies.ts';
import { listOf, objectOf, objectsOf, type Resource, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

const synthesis = synthesize();
const template = synthesis.template('orders-Backup');

function schedules(from: Synthesis): readonly Resource[] {
  return from
    .resources('AWS::Scheduler::Schedule')
    .filter(({ stack }) => stack === 'orders-Backup');
}

function expressions(from: Synthesis): readonly string[] {
  return schedules(from).map(({ properties }) => textOf(properties['ScheduleExpression']));
}

/** What a schedule sends, as it arrives. */
function sentBy({ properties }: Resource, at: string): unknown {
  const { Input } = objectOf(properties['Target']);
  return JSON.parse(textOf(Input).replaceAll('<aws.scheduler.scheduled-time>', at));
}

describe('the task of a base backup', () => {
  test('is told what its configuration calls for', () => {
    const { command, variables } = {
      command: taskContainer(synthesis)['Command'],
      variables: containerVariables(taskContainer(synthesis)),
    };
    expect(command).toEqual(['base-backup']);
    expect(BaseBackupConfig.parse(variables)).toMatchObject({
      environment: 'prod',
      cluster: 'orders',
      storeUrl: 's3://holdfast-prod-orders-111111111111',
      host: 'orders.prod.holdfast.internal',
      port: 5432,
      timeoutSec: 21_600,
      maxRateKiB: undefined,
      checkpoint: 'spread',
    });
  });

  test('is told the limits of the file', () => {
    const backup = { timeoutHours: 1.5, maxRateKiB: 1_024, checkpoint: 'fast' } as const;
    const limited = synthesize(clusterOf({ backup }));
    expect(BaseBackupConfig.parse(containerVariables(taskContainer(limited)))).toMatchObject({
      timeoutSec: 5_400,
      maxRateKiB: 1_024,
      checkpoint: 'fast',
    });
  });

  test('writes to nothing but its log, and has two minutes to stop', () => {
    expect(taskContainer(synthesis)).toMatchObject({
      ReadonlyRootFilesystem: true,
      StopTimeout: 120,
      LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-stream-prefix': 'task' } },
    });
    expect(taskContainer(synthesis)).not.toHaveProperty('Privileged');
  });

  test.each([
    [{ type: 'r8g.large', architecture: 'arm64' }, 'ARM64'],
    [{ type: 'm7i.large', architecture: 'x86_64' }, 'X86_64'],
  ] as const)('runs on the processor of the server %j: %s', (instance, CpuArchitecture) => {
    synthesize(clusterOf({ instance }))
      .template('orders-Backup')
      .hasResourceProperties('AWS::ECS::TaskDefinition', {
        RuntimePlatform: { CpuArchitecture, OperatingSystemFamily: 'LINUX' },
      });
  });

  test('has the size of the file, and all of the memory that it pays for', () => {
    const sized = synthesize(clusterOf({ backup: { size: { vcpu: 4, memoryGiB: 16 } } }));
    sized.template('orders-Backup').hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '4096',
      Memory: '16384',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
    });
    expect(taskContainer(sized)['Memory']).toBe(16_384);
  });

  test('runs the image of the host: same server programs, same order of letters', () => {
    const parameter = synthesis
      .resources('AWS::SSM::Parameter')
      .find(({ path }) => path === 'orders-Host/ConfigParameter');
    const { image } = JSON.parse(textOf(parameter?.properties['Value']));
    expect(textOf(taskContainer(synthesis)['Image'])).toBe(image);
  });
});

describe('the schedules of a cluster', () => {
  test('start backups when the file says, in its time zone', () => {
    const schedule = { at: ['01:30', '13:00'], timeZone: 'Europe/Berlin' };
    const from = synthesize(clusterOf({ backup: { schedule } }));
    const backups = schedules(from).filter(({ path }) => path.includes('/BaseBackup'));
    expect(
      backups.map(({ properties }) => [
        properties['ScheduleExpression'],
        properties['ScheduleExpressionTimezone'],
      ]),
    ).toEqual([
      ['cron(30 1 * * ? *)', 'Europe/Berlin'],
      ['cron(0 13 * * ? *)', 'Europe/Berlin'],
    ]);
  });

  test('look after host, database and store every minute', () => {
    const minutely = ['rate(1 minute)', 'rate(1 minute)', 'rate(1 minute)'];
    expect(expressions(synthesis)).toEqual(['cron(30 2 * * ? *)', ...minutely]);
  });

  test('start on time, not within a window', () => {
    for (const { properties } of schedules(synthesis)) {
      expect(properties['FlexibleTimeWindow']).toEqual({ Mode: 'OFF' });
      expect(properties['State']).toBe('ENABLED');
    }
  });

  test('send the time they stand for, the same at each repetition', () => {
    const at = '2026-12-01T02:30:00Z';
    const [backup, ...others] = schedules(synthesis).map((schedule) => sentBy(schedule, at));
    expect(ScheduledBackup.parse(backup)).toEqual({
      kind: 'base-backup',
      scheduledTime: new Date(at),
    });
    expect(others).toEqual(others.map(() => ({ scheduledTime: at })));
    expect(others).toHaveLength(3);
  });

  test('invoke by a role that no other schedule can take', () => {
    const role = synthesis
      .resources('AWS::IAM::Role')
      .find(({ path }) => path === 'orders-Backup/Schedules/Role');
    const [trust] = objectsOf(objectOf(role?.properties['AssumeRolePolicyDocument'])['Statement']);
    const [group] = synthesis.resources('AWS::Scheduler::ScheduleGroup');
    expect(trust).toMatchObject({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [group?.id, 'Arn'] } } },
    });
  });
});

describe('the functions of a cluster', () => {
  test('run on Node 24 and tell source lines', () => {
    for (const { properties } of synthesis.resources('AWS::Lambda::Function')) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(objectOf(objectOf(properties['Environment'])['Variables'])['NODE_OPTIONS']).toBe(
        '--enable-source-maps',
      );
    }
  });

  test('hand on what fails three times, but for those whose next call makes up for it', () => {
    const functions = synthesis.resources('AWS::Lambda::Function');
    const kept = functions.filter(({ properties }) => 'DeadLetterConfig' in properties);
    expect(new Set(kept.map(({ path }) => path.split('/').at(-2)))).toEqual(
      new Set(['JudgeChange', 'JudgeTask', 'Notify', 'StartBaseBackup', 'StartHashAudit']),
    );
    const invoked = synthesis.resources('AWS::Lambda::EventInvokeConfig');
    expect(invoked).toHaveLength(functions.length);
    for (const { properties } of invoked) expect(properties['MaximumRetryAttempts']).toBe(2);
  });

  test.each(['StartBaseBackup', 'JudgeTask'])(
    '%s ends before another may take over what it has begun',
    (name) => {
      const { properties } = functionAt(synthesis, `orders-Backup/Functions/${name}`);
      expect(properties['Timeout']).toBeLessThanOrEqual(STARTER_TIMEOUT_SEC);
    },
  );

  test('are in no VPC but those that speak to PostgreSQL', () => {
    const inside = synthesis
      .resources('AWS::Lambda::Function')
      .filter(({ properties }) => 'VpcConfig' in properties);
    const names = ['Secrets/RotateSecret', 'Health/ProbeDatabase', 'Health/Diagnose'];
    expect(inside.map(({ path }) => path)).toEqual(
      names.map((name) => `orders-Backup/${name}/Handler`),
    );
  });

  test('hear of every task of this cluster that stops, and of every host that is launched', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: { lastStatus: ['STOPPED'] },
      },
      Targets: [{ RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 2 } }],
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.autoscaling'],
        'detail-type': ['EC2 Instance Launch Successful'],
      },
    });
  });

  test('lose no event: the queue for dead ones admits those who send them', () => {
    const policies = synthesis
      .resources('AWS::SQS::QueuePolicy')
      .filter(({ stack }) => stack === 'orders-Backup');
    const admitted = policies
      .flatMap(resourceStatements)
      .filter(({ effect }) => effect === 'Allow')
      .map(({ principal, actions }) => [objectOf(principal)['Service'], actions]);
    const rules = Object.keys(template.findResources('AWS::Events::Rule'));
    expect(admitted).toEqual(
      Array.from({ length: rules.length }, () => ['events.amazonaws.com', ['sqs:SendMessage']]),
    );
  });
});

test("the roles' passwords are rotated every month, far from the backups, and not when they are deployed", () => {
  const rotations = synthesis.resources('AWS::SecretsManager::RotationSchedule');
  expect(rotations).toHaveLength(2);
  for (const { properties } of rotations) {
    expect(properties).toMatchObject({
      RotationRules: { ScheduleExpression: 'cron(0 14 1 * ? *)', Duration: '1h' },
      RotateImmediatelyOnUpdate: false,
    });
  }
  expect(
    synthesis.resources('AWS::Lambda::Permission').map(({ properties }) => properties),
  ).toContainEqual(
    expect.objectContaining({
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: '111111111111',
    }),
  );
});

test('every subnet and group that a task is started in is its cluster’s own', () => {
  const input = clusterOf({ availabilityZone: 'eu-central-1b' });
  const starter = functionAt(synthesize(input), 'orders-Backup/Functions/StartBaseBackup');
  const variables = objectOf(objectOf(starter.properties['Environment'])['Variables']);
  expect(textOf(variables['HOLDFAST_SUBNETS'])).toContain('isolatedSubnet2');
  expect(listOf(variables['HOLDFAST_SECURITY_GROUPS']).map(textOf)).toEqual([
    expect.stringContaining('BaseBackupSecurityGroup'),
  ]);
});
