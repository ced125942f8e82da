import { describe, expect, test } from 'vitest';
import { faultsOf } from '../support/faults.ts';
import { clusterOf } from '../support/inputs.ts';
import { roleStatements } from '../support/policies.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

const SEALED = synthesize(clusterOf({ envelope: true }));
const NAMES = ['HOLDFAST_STORE', 'HOLDFAST_KMS_KEY', 'HOLDFAST_ENVELOPE_KEY'] as const;

/** What each function and task that opens the store is told of it. */
function told(synthesis: Synthesis): readonly (readonly string[])[] {
  const functions = synthesis
    .resources('AWS::Lambda::Function')
    .map(
      ({ path, properties }) =>
        [path, objectOf(objectOf(properties['Environment'] ?? {})['Variables'] ?? {})] as const,
    );
  const tasks = synthesis
    .resources('AWS::ECS::TaskDefinition')
    .flatMap(({ path, properties }) =>
      objectsOf(properties['ContainerDefinitions']).map((one) => [path, variablesOf(one)] as const),
    );
  return [...functions, ...tasks]
    .filter(([, variables]) => 'HOLDFAST_STORE' in variables)
    .map(([, variables]) => NAMES.map((name) => textOf(variables[name] ?? '')));
}

function variablesOf({ Environment }: JsonObject): JsonObject {
  return Object.fromEntries(
    objectsOf(Environment ?? []).map(({ Name = '', Value = '' }) => [textOf(Name), Value]),
  );
}

describe('a cluster whose archive is sealed', () => {
  test('tells everything that opens the store the cluster’s key, and no other cluster does', () => {
    const sealed = told(SEALED);
    expect(sealed.length).toBeGreaterThan(5);
    for (const [, kmsKey, envelopeKey] of sealed) expect(envelopeKey).toBe(kmsKey);
    const unsealed = told(synthesize());
    expect(unsealed).toHaveLength(sealed.length);
    expect(unsealed.filter(([, , envelopeKey]) => envelopeKey !== '')).toEqual([]);
  });

  test('tells its host the same', () => {
    const configOf = (synthesis: Synthesis): string =>
      textOf(
        synthesis
          .resources('AWS::SSM::Parameter')
          .find(({ path }) => path === 'orders-Host/ConfigParameter')?.properties['Value'] ?? '',
      );
    const [, kmsKey] = /"kmsKey":"([^"]+)"/.exec(configOf(SEALED)) ?? [];
    expect(configOf(SEALED)).toContain(`"envelopeKey":"${kmsKey}"`);
    expect(configOf(synthesize())).not.toContain('envelopeKey');
  });

  test('lets who uses the key through S3 use it for envelopes of this cluster, and nobody else', () => {
    const statements = roleStatements(SEALED);
    const of = (sid: string): readonly (readonly unknown[])[] =>
      statements
        .filter((one) => one.sid === sid)
        .map(({ owner, actions, resources }) => [owner, actions, resources]);
    expect(of('UseTheKeyForEnvelopes')).toEqual(of('UseTheKeyThroughS3'));
    for (const { condition } of statements.filter(({ sid }) => sid === 'UseTheKeyForEnvelopes')) {
      expect(condition).toEqual({
        StringEquals: { 'kms:EncryptionContext:holdfast:cluster': 'orders' },
      });
    }
    const without = roleStatements(synthesize()).filter(
      ({ sid }) => sid === 'UseTheKeyForEnvelopes',
    );
    expect(without).toEqual([]);
  });

  test('has no copy, which is to open without that key', () => {
    const faults = faultsOf(clusterOf({ envelope: true, copy: { region: 'eu-west-1' } }));
    expect(faults).toEqual([expect.stringMatching(/envelope.*true seals .* eu-west-1/)]);
  });
});
