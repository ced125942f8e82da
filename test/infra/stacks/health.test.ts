import { describe, expect, test } from 'vitest';
import { bucketPolicy } from '../../../lib/core/adapters/aws/s3-bucket-policy.ts';
import { AnswerHealthConfig } from '../../../lib/core/config/answer-health-config.ts';
import { DiagnoseConfig } from '../../../lib/core/config/diagnose-config.ts';
import { ProbeEstateConfig } from '../../../lib/core/config/estate-config.ts';
import { HealthThresholds } from '../../../lib/core/config/health-thresholds.ts';
import { ProbeDatabaseConfig } from '../../../lib/core/config/probe-database-config.ts';
import { functionAt, variablesOf } from '../support/environments.ts';
import { clusterOf } from '../support/inputs.ts';
import { listOf, objectOf, objectsOf, type Resource, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';
import { everywhere } from '../support/variants.ts';

/** Of all of a function's variables, names included: Lambda, "Quotas". */
const MAX_VARIABLES = 4_096;
/** What a token of the template may become: an ARN, a name. */
const LONGEST = 'x'.repeat(120);

const synthesis = synthesize();
const answering = synthesize(clusterOf({ health: { endpoint: true } }));
const PROBE = 'orders-Backup/Health/ProbeDatabase';
const ESTATE = 'orders-Backup/ProbeEstate';

function variables(from: Synthesis, path: string): Readonly<Record<string, string>> {
  return variablesOf(functionAt(from, path));
}

describe('the probe of the database', () => {
  test('is told where the database is, and by what it is judged', () => {
    const thresholds = { diskDaysLeft: { warn: 14, page: 3 } };
    const from = synthesize(
      clusterOf({ rpoSec: 120, volume: { sizeGiB: 20 }, health: { thresholds } }),
    );
    const config = ProbeDatabaseConfig.parse(variables(from, PROBE));
    expect(config).toMatchObject({
      environment: 'prod',
      cluster: 'orders',
      host: 'orders.prod.holdfast.internal',
      rpoSec: 120,
      volumeBytes: 20 * 1_024 ** 3,
    });
    expect(config.thresholds).toEqual(HealthThresholds.parse(thresholds));
  });

  test('is told only those thresholds that are not the defaults', () => {
    expect(variables(synthesis, PROBE)['HOLDFAST_HEALTH_THRESHOLDS']).toBe('{}');
  });

  test('ends before the next begins', () => {
    for (const path of [PROBE, ESTATE]) {
      expect(Number(functionAt(synthesis, path).properties['Timeout'])).toBeLessThan(60);
    }
  });

  test('reaches the server from a group of its own, and AWS, and nothing else', () => {
    const admitted = synthesis
      .resources('AWS::EC2::SecurityGroupIngress')
      .filter(({ path }) => path.includes('/Health/'));
    expect(admitted.map(({ properties }) => properties['FromPort'])).toEqual([5432, 5432]);
    const groups = synthesis
      .resources('AWS::EC2::SecurityGroup')
      .filter(({ path }) => path.includes('/Health/'));
    const open = groups.flatMap(({ properties }) => objectsOf(properties['SecurityGroupEgress']));
    expect(open.map(({ ToPort }) => ToPort)).toEqual([443, 443]);
    expect(groups.flatMap(({ properties }) => listOf(properties['SecurityGroupIngress']))).toEqual(
      [],
    );
  });
});

describe('who diagnoses', () => {
  test('is told where the probe wrote down what it saw', () => {
    const config = DiagnoseConfig.parse(variables(synthesis, 'orders-Backup/Health/Diagnose'));
    expect(config.probeLogGroup).toContain('HealthProbeDatabaseLog');
    expect(config.host).toBe('orders.prod.holdfast.internal');
  });

  test('has fifteen seconds: a page waits no longer', () => {
    const { properties } = functionAt(synthesis, 'orders-Backup/Health/Diagnose');
    expect(properties['Timeout']).toBe(15);
  });
});

describe('the probe of the estate', () => {
  const config = ProbeEstateConfig.parse(variables(synthesis, ESTATE));

  test('is told what surrounds the database', () => {
    expect(config).toMatchObject({
      hasPooler: true,
      backupAgeLimitSec: 115_200,
      backupTimeoutSec: 21_600,
      retention: { windowDays: 35 },
    });
    expect(config.rotatedSecrets).toHaveLength(2);
    expect(config.functions.length).toBeGreaterThan(4);
    const without = synthesize(clusterOf({ pooler: { enabled: false } }));
    expect(ProbeEstateConfig.parse(variables(without, ESTATE)).hasPooler).toBe(false);
  });

  test('is told the bucket as the template makes it', () => {
    const from = synthesize(clusterOf({ retention: { days: 30, archiveAfterDays: 100 } }));
    const { vaultSettings } = ProbeEstateConfig.parse(variables(from, ESTATE));
    const ofData = (type: string): Resource | undefined =>
      from.resources(type).find(({ stack }) => stack === 'orders-Data');
    const bucket = ofData('AWS::S3::Bucket');
    const policy = ofData('AWS::S3::BucketPolicy');
    const { properties = {} } = bucket ?? {};
    const rules = objectsOf(objectOf(properties['LifecycleConfiguration'])['Rules']);
    expect(vaultSettings?.lifecycle.map(({ id }) => id)).toEqual(rules.map(({ Id }) => textOf(Id)));
    const expiring = rules.find(({ Id }) => Id === 'RemoveHiddenVersions');
    expect(vaultSettings?.lifecycle.find(({ id }) => id === 'RemoveHiddenVersions')).toEqual({
      id: 'RemoveHiddenVersions',
      removeHiddenDays: objectOf(expiring?.['NoncurrentVersionExpiration'])['NoncurrentDays'],
      removesMarkers: true,
    });
    expect(vaultSettings?.lifecycle.at(-1)?.moves).toEqual(['100 GLACIER_IR']);
    const lock = objectOf(objectOf(objectOf(properties['ObjectLockConfiguration'])['Rule']));
    const { Mode, Days } = objectOf(lock['DefaultRetention']);
    expect(vaultSettings?.lock).toEqual({ mode: Mode, days: Days });
    const found = bucketPolicy(JSON.stringify(policy?.properties['PolicyDocument']));
    expect(vaultSettings?.denials).toEqual(found.denials);
    expect(vaultSettings?.allowances).toBe(found.allowances);
    expect(vaultSettings).toMatchObject({
      versioned: objectOf(properties['VersioningConfiguration'])['Status'] === 'Enabled',
      blocksPublicAccess: true,
      ownsObjects: true,
    });
  });
});

describe('outside monitors', () => {
  test('get no address unless the file says so', () => {
    expect(synthesis.resources('AWS::Lambda::Url')).toEqual([]);
    expect(synthesis.resources('AWS::SecretsManager::Secret')).toHaveLength(3);
    expect(answering.resources('AWS::Lambda::Url')).toHaveLength(1);
  });

  test('are admitted by a token alone, which is kept with the other secrets', () => {
    const [url] = answering.resources('AWS::Lambda::Url');
    expect(url?.properties['AuthType']).toBe('NONE');
    const path = 'orders-Backup/Health/Endpoint/AnswerHealth';
    const config = AnswerHealthConfig.parse(variables(answering, path));
    expect(config.tokenSecret).toContain('HealthToken');
    const token = answering
      .resources('AWS::SecretsManager::Secret')
      .find(({ path: where }) => where === 'orders-Data/HealthToken');
    expect(token?.whole['DeletionPolicy']).toBe('RetainExceptOnCreate');
  });

  test('keep no more than two of its calls going, whatever they send', () => {
    const path = 'orders-Backup/Health/Endpoint/AnswerHealth';
    expect(functionAt(answering, path).properties['ReservedConcurrentExecutions']).toBe(2);
  });
});

test('no function has more variables than Lambda takes', () => {
  const sizes = everywhere('AWS::Lambda::Function').map(({ path, properties }) => {
    const told = objectOf(objectOf(properties['Environment'])['Variables']);
    const text = Object.entries(told).map(([name, value]) => `${name}${textOf(value)}`);
    return { path, size: text.join('').replaceAll(/\$\{[^}]+\}/g, LONGEST).length };
  });
  expect(sizes.filter(({ size }) => size > MAX_VARIABLES)).toEqual([]);
});
