import {
  CreateSecretCommand,
  DescribeSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { secretsManagerAges } from '../../lib/core/adapters/aws/secrets-manager-ages.ts';
import { codeOf } from '../contract/store-helpers.ts';
import { describeAws } from './control-plane.ts';

describeAws('secretsManagerAges', () => {
  test('counts from the making of a secret that nobody rotates', async () => {
    const Name = `ages-${Date.now()}`;
    await new SecretsManagerClient().send(new CreateSecretCommand({ Name, SecretString: '{}' }));
    const age = await secretsManagerAges().ageOf(Name);
    expect(age).toMatchObject({ name: Name, isRotated: false, dueAt: undefined });
    expect(Math.abs(Date.now() - age.rotatedAt.getTime())).toBeLessThan(60_000);
  });

  test('fails when there is no such secret', async () => {
    expect(await codeOf(secretsManagerAges().ageOf('no-such-secret'))).toBe('AWS-ABSENT');
  });
});

describe('secretsManagerAges, as Secrets Manager answers', () => {
  const rotatedAt = new Date('2026-11-01T00:00:00Z');
  const next = new Date('2026-12-01T00:00:00Z');
  const rotated = { Name: 'monitor', RotationEnabled: true, LastRotatedDate: rotatedAt };

  test.each([
    ['the date that the service gives', { NextRotationDate: next }, next],
    [
      'that date before the rule’s days',
      { NextRotationDate: next, RotationRules: { AutomaticallyAfterDays: 5 } },
      next,
    ],
    [
      'the rule’s days after the last rotation',
      { RotationRules: { AutomaticallyAfterDays: 5 } },
      new Date('2026-11-06T00:00:00Z'),
    ],
    ['nothing at all', {}, undefined],
  ])('is due by %s', async (_, given, dueAt) => {
    const mock = mockClient(SecretsManagerClient);
    mock.on(DescribeSecretCommand).resolves({ ...rotated, ...given });
    const ages = secretsManagerAges(new SecretsManagerClient({}));
    const age = { name: 'monitor', isRotated: true, rotatedAt, dueAt };
    expect(await ages.ageOf('monitor')).toEqual(age);
    mock.restore();
  });
});
