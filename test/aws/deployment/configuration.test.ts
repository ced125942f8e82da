import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { HashAuditConfig } from '../../../lib/core/config/audit-config.ts';
import { BaseBackupConfig } from '../../../lib/core/config/base-backup-config.ts';
import { HostConfig } from '../../../lib/core/config/host-config.ts';
import { loadConfig } from '../../../lib/core/config/load-config.ts';
import { clusterParameters } from '../../../lib/core/contract/deployed-names.ts';
import { ENVIRONMENT_NAMES, synthesized } from './assembly.ts';
import { CHECKOUT } from './cdk-command.ts';
import { functionsOf, tasksOf } from './deployed-code.ts';
import {
  ENDPOINT_FUNCTION,
  FUNCTION_CONFIGS,
  FUNCTIONS_OF_CLUSTER,
  TASK_CONFIGS,
  unreadVariables,
} from './function-configs.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import { type ResolvedStack, resolveStacks, resourcesOf } from './stand-ins.ts';

test('every function has a configuration here', () => {
  const folders = readdirSync(join(CHECKOUT, 'functions')).filter((name) => name !== 'shared');
  expect(Object.keys(FUNCTION_CONFIGS)).toStrictEqual(folders.sort());
});

describe.each(ENVIRONMENT_NAMES)('what is deployed to %s', (environment) => {
  let stacks: readonly ResolvedStack[];
  beforeAll(async () => {
    stacks = resolveStacks(await synthesized(environment));
  }, SHARED_WORK_MS);

  test('has every function', () => {
    const names = functionsOf(stacks).map(({ name }) => name);
    expect(names.sort()).toStrictEqual(FUNCTIONS_OF_CLUSTER);
  });

  test.each(Object.entries(FUNCTION_CONFIGS).filter(([name]) => name !== ENDPOINT_FUNCTION))(
    'tells %s all that it reads, and nothing else',
    (name, schema) => {
      const found = functionsOf(stacks).filter((one) => one.name === name);
      expect(found.length).toBeGreaterThan(0);
      for (const { environment: told } of found) {
        expect(loadConfig(schema, told)).toMatchObject({ environment, cluster: 'orders' });
        expect(unreadVariables(told, schema)).toStrictEqual([]);
      }
    },
  );

  test('tells each task all that it reads, and nothing else', () => {
    const tasks = new Map(tasksOf(stacks).map((one) => [one.role, one.environment]));
    expect([...tasks.keys()].sort()).toStrictEqual(Object.keys(TASK_CONFIGS));
    for (const [role, schema] of Object.entries(TASK_CONFIGS)) {
      expect(unreadVariables(tasks.get(role) ?? {}, schema)).toStrictEqual([]);
    }
    expect(loadConfig(HashAuditConfig, tasks.get('hash-audit') ?? {})).toMatchObject({
      environment,
      cluster: 'orders',
      storeUrl: `s3://holdfast-${environment}-orders-111111111111`,
    });
    expect(loadConfig(BaseBackupConfig, tasks.get('base-backup') ?? {})).toMatchObject({
      environment,
      cluster: 'orders',
      storeUrl: `s3://holdfast-${environment}-orders-111111111111`,
      host: `orders.${environment}.holdfast.internal`,
      port: 5432,
      attempt: 1,
    });
  });

  test('tells the host about its cluster', () => {
    const { hostConfig } = clusterParameters(environment, 'orders');
    const parameter = resourcesOf(stacks, 'AWS::SSM::Parameter').find(
      ({ properties }) => properties['Name'] === hostConfig,
    );
    const config = HostConfig.strict().parse(JSON.parse(String(parameter?.properties['Value'])));
    expect(config).toMatchObject({ environment, cluster: 'orders', major: 18 });
    expect(Object.keys(config.roleSecrets)).toStrictEqual(['holdfast_backup', 'holdfast_monitor']);
  });
});
