import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BaseBackupConfig } from '../../../lib/core/config/base-backup-config.ts';
import { HostConfig } from '../../../lib/core/config/host-config.ts';
import { loadConfig } from '../../../lib/core/config/load-config.ts';
import { clusterParameters } from '../../../lib/core/contract/deployed-names.ts';
import { ENVIRONMENT_NAMES, synthesized } from './assembly.ts';
import { CHECKOUT } from './cdk-command.ts';
import { functionsOf, taskEnvironments } from './deployed-code.ts';
import { FUNCTION_CONFIGS, unreadVariables } from './function-configs.ts';
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
    expect(names.sort()).toStrictEqual(Object.keys(FUNCTION_CONFIGS));
  });

  test.each(Object.entries(FUNCTION_CONFIGS))(
    'tells %s all that it reads, and nothing else',
    (name, schema) => {
      const found = functionsOf(stacks).find((one) => one.name === name);
      expect(loadConfig(schema, found?.environment ?? {})).toMatchObject({
        environment,
        cluster: 'orders',
      });
      expect(unreadVariables(found?.environment ?? {}, schema)).toStrictEqual([]);
    },
  );

  test('tells the task of a base backup all that it reads, and nothing else', () => {
    const [told = {}, ...others] = taskEnvironments(stacks);
    expect(others).toStrictEqual([]);
    expect(loadConfig(BaseBackupConfig, told)).toMatchObject({
      environment,
      cluster: 'orders',
      storeUrl: `s3://holdfast-${environment}-orders-111111111111`,
      host: `orders.${environment}.holdfast.internal`,
      port: 5432,
      attempt: 1,
    });
    expect(unreadVariables(told, BaseBackupConfig)).toStrictEqual([]);
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
