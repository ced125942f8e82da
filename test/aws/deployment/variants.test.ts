import { describe, expect, test } from 'vitest';
import { HostConfig } from '../../../lib/core/config/host-config.ts';
import { loadConfig } from '../../../lib/core/config/load-config.ts';
import { synthesize } from '../../infra/support/synthesis.ts';
import { VARIANTS } from '../../infra/support/variants.ts';
import { GET_CFN_LINT, hasCfnLint, lintTemplates } from '../../support/cfn-lint.ts';
import type { Template } from './assembly.ts';
import { functionsOf, tasksOf } from './deployed-code.ts';
import {
  FUNCTION_CONFIGS,
  FUNCTIONS_OF_CLUSTER,
  FUNCTIONS_OF_COPY,
  TASK_CONFIGS,
  unreadVariables,
} from './function-configs.ts';
import { type ResolvedStack, resolveStacks, resourcesOf } from './stand-ins.ts';

type Input = (typeof VARIANTS)[keyof typeof VARIANTS];

function resolve(input: Input): readonly ResolvedStack[] {
  const stacks = synthesize(input).assembly.stacks.map(({ id, stackName, template }) => ({
    id,
    name: stackName,
    template: template as Template,
  }));
  return resolveStacks({ ...input, stacks });
}

describe.each(Object.entries(VARIANTS))('an environment with %s', (_title, input) => {
  test('tells functions, tasks and hosts all that they read', () => {
    const stacks = resolve(input);
    const functions = functionsOf(stacks);
    const copied = input.clusters.filter((cluster) => 'copy' in cluster);
    const answering = input.clusters.filter((cluster) => 'health' in cluster);
    expect(functions.length).toBe(
      FUNCTIONS_OF_CLUSTER.length * input.clusters.length +
        FUNCTIONS_OF_COPY.length * copied.length +
        answering.length,
    );
    for (const { name, environment } of functions) {
      const schema = FUNCTION_CONFIGS[name];
      if (schema === undefined) throw new Error(`${name} is not known here`);
      expect([name, loadConfig(schema, environment)]).toMatchObject([
        name,
        { environment: 'prod' },
      ]);
      expect([name, ...unreadVariables(environment, schema)]).toStrictEqual([name]);
    }
    for (const { role, environment } of tasksOf(stacks)) {
      const schema = TASK_CONFIGS[role];
      if (schema === undefined) throw new Error(`${role} is not known here`);
      expect(loadConfig(schema, environment)).toMatchObject({ environment: 'prod' });
      expect(unreadVariables(environment, schema)).toStrictEqual([]);
    }
    const configs = resourcesOf(stacks, 'AWS::SSM::Parameter')
      .map(({ properties }) => properties as { Name: string; Value: string })
      .filter(({ Name }) => Name.endsWith('/host-config'))
      .map(({ Value }) => HostConfig.strict().parse(JSON.parse(Value)).cluster);
    expect(new Set(configs)).toStrictEqual(new Set(input.clusters.map(({ id }) => id)));
  });
});

test.skipIf(!hasCfnLint())(
  `cfn-lint finds no error in any of their templates (needs ${GET_CFN_LINT})`,
  async () => {
    const templates = Object.values(VARIANTS).flatMap((input) =>
      synthesize(input).assembly.stacks.map(({ templateFullPath }) => templateFullPath),
    );
    const findings = await lintTemplates(templates);
    expect(findings.filter(({ level }) => level === 'Error')).toStrictEqual([]);
  },
  180_000,
);
