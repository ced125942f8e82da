import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nameOf, objectOf, objectsOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { everyStatement, everyTemplate, everywhere, VARIANTS } from '../support/variants.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('of the fifteen common mistakes, the other seven: there is not', () => {
  test('9: a lifecycle rule that removes what a restore needs', () => {
    // The trail's bucket has nothing that a restore needs.
    const archives = everywhere('AWS::S3::Bucket').filter(({ stack }) => stack !== 'Trail');
    const rules = archives.flatMap(({ properties }) =>
      objectsOf(objectOf(properties['LifecycleConfiguration'])['Rules']),
    );
    const expiring = rules.filter(
      (rule) => 'ExpirationInDays' in rule || 'ExpirationDate' in rule || 'Transitions' in rule,
    );
    // One of each of five archives, and of the one that is a copy.
    expect(expiring).toHaveLength(6);
    for (const rule of expiring) {
      expect(rule['TagFilters']).toEqual([{ Key: 'holdfast-expiry', Value: 'due' }]);
    }
  });

  test('10: a secret in a template', () => {
    for (const { properties } of everywhere('AWS::SecretsManager::Secret')) {
      expect(properties).not.toHaveProperty('SecretString');
    }
    // What is not made up by Secrets Manager itself begins empty.
    const madeUp = everywhere('AWS::SecretsManager::Secret').filter(
      ({ path }) => !path.endsWith('/Authority'),
    );
    for (const { properties } of madeUp) {
      expect(properties).toMatchObject({ GenerateSecretString: { PasswordLength: 40 } });
    }
    expect(everyTemplate()).not.toMatch(
      /resolve:secretsmanager|resolve:ssm-secure|hooks\.slack\.com|:\/\/[^/"]+:[^/"]+@/,
    );
  });

  test('10: a secret in an environment: only its name, and the key it is under', () => {
    const functions = everywhere('AWS::Lambda::Function').map(({ properties }) =>
      Object.entries(objectOf(objectOf(properties['Environment'])['Variables'])),
    );
    const tasks = everywhere('AWS::ECS::TaskDefinition').map(({ properties }) =>
      objectsOf(properties['ContainerDefinitions']).flatMap(({ Environment }) =>
        objectsOf(Environment).map(({ Name, Value }) => [textOf(Name), Value] as const),
      ),
    );
    const telling = [...functions, ...tasks]
      .flat()
      .filter(([name]) => /pass|secret|token|key|credential/i.test(name));
    expect(new Set(telling.map(([name]) => name))).toEqual(
      new Set([
        'HOLDFAST_ENVELOPE_KEY',
        'HOLDFAST_KMS_KEY',
        'HOLDFAST_ROLE_SECRET',
        'HOLDFAST_ROTATED_SECRETS',
        'HOLDFAST_TOKEN_SECRET',
      ]),
    );
    expect(
      telling.filter(([, value]) => !/^\$\{[^}]+\}(,\$\{[^}]+\})*$/.test(textOf(value))),
    ).toEqual([]);
  });

  test('11: a right to all actions of a kind', () => {
    const wild = everyStatement().filter(({ actions }) =>
      actions.some((name) => name.includes('*')),
    );
    expect(wild).toEqual([]);
    expect(everyStatement().filter(({ effect }) => effect !== 'Allow')).toEqual([]);
  });

  test('11: a policy that somebody else writes, such as AmazonSSMManagedInstanceCore', () => {
    const roles = everywhere('AWS::IAM::Role').filter(
      ({ properties }) => 'ManagedPolicyArns' in properties,
    );
    expect(roles.map(nameOf)).toEqual([]);
  });

  test('11: a role that several parts share', () => {
    for (const input of Object.values(VARIANTS)) {
      const { resources } = synthesize(input);
      const functions = resources('AWS::Lambda::Function');
      const used = functions.map(
        ({ stack, properties }) => `${stack} ${textOf(properties['Role'])}`,
      );
      expect(new Set(used).size).toBe(functions.length);
    }
  });

  test('12: a log that nobody declared, or that is kept for ever', () => {
    for (const { properties } of everywhere('AWS::Logs::LogGroup')) {
      expect(properties['RetentionInDays']).toBeTypeOf('number');
    }
    for (const { properties } of everywhere('AWS::Lambda::Function')) {
      expect(objectOf(properties['LoggingConfig'])['LogGroup']).toBeDefined();
    }
  });

  test('13: an export that keeps a stack from being changed while another uses it', () => {
    expect(everyTemplate()).not.toMatch(/"Fn::ImportValue"|"Export"/);
    expect(everyTemplate()).toContain('"Fn::GetStackOutput"');
  });

  test('14: a schedule that tries for a day and then says nothing', () => {
    for (const { properties } of everywhere('AWS::Scheduler::Schedule')) {
      const { RetryPolicy, DeadLetterConfig } = objectOf(properties['Target']);
      expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 2 });
      expect(objectOf(DeadLetterConfig)['Arn']).toBeDefined();
    }
  });

  test('15: a version that may differ tomorrow', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    );
    const versions: readonly string[] = Object.values({ ...dependencies, ...devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    // npm's latest, 3.0.0, was published by accident and reads no assembly of this library.
    expect(devDependencies['aws-cdk']).toBe('2.1148.1');
  });

  test('15: a flag of CDK that is left unset', () => {
    const { context, app } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
    expect(Object.keys(context).length).toBeGreaterThanOrEqual(85);
    expect(context).toMatchObject({
      '@aws-cdk/aws-autoscaling:generateLaunchTemplateInsteadOfLaunchConfig': true,
      '@aws-cdk/aws-ec2:ebsDefaultGp3Volume': true,
      '@aws-cdk/aws-lambda:useCdkManagedLogGroup': true,
      '@aws-cdk/core:checkSecretUsage': true,
      '@aws-cdk/core:defaultCrossStackReferences': 'weak',
      '@aws-cdk/core:validateAgainstDefaultRules': true,
    });
    // A cdk that is installed elsewhere would run the system's Node.
    expect(app).toBe('node_modules/.bin/node bin/app.ts');
  });
});
