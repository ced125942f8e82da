import { describe, expect, test } from 'vitest';
import type { MetricName } from '../../../lib/core/contract/metrics.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { type EstateSites, estateSources } from '../../../lib/core/health/estate/estate-sources.ts';
import { probeEstate } from '../../../lib/core/health/probe-estate.ts';
import type { HealthReport } from '../../../lib/core/health/report.ts';
import type { MetricHistory } from '../../../lib/core/ports/metric-history.ts';
import { refusalOf } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { LINEAGE_IDENTITY, putSegment, segment } from '../../support/wal-fixture.ts';
import { after, DUE, runStage, type RunStage } from '../runs/run-stage.ts';
import { DEPLOYED } from './estate/deployed-vault.ts';
import { configOf } from './estate/estate-stage.ts';

const DENIED = new OpsError('AWS-DENIED', 'kms:DescribeKey: not allowed', { hint: 'see why' });
const GONE = new OpsError('AWS-FAILED', 'cloudwatch:GetMetricData: no answer');
const denied = async (): Promise<never> => Promise.reject(DENIED);
const gone = async (): Promise<never> => Promise.reject(GONE);
/** CloudWatch before anything was published. */
const EMPTY: MetricHistory = {
  read: async (wanted) =>
    Object.fromEntries(Object.keys(wanted).map((name) => [name, []])) as never,
};

/** Probes at so many minutes after {@link DUE}. */
async function probe(
  stage: RunStage,
  { minutes = 0, ...given }: Partial<EstateSites> & { readonly minutes?: number } = {},
): Promise<HealthReport> {
  const context = stage.context('probe');
  const sites: EstateSites = {
    config: configOf(),
    store: stage.store,
    keys: { isUsable: async () => true },
    vault: { read: async () => ({ seen: DEPLOYED, unseen: [] }) },
    history: EMPTY,
    secrets: {
      ageOf: async (name) => ({ name, isRotated: true, rotatedAt: DUE, dueAt: after(1_440) }),
    },
    clock: stage.clock,
    ...given,
  };
  const at = new Date(DUE.getTime() + minutes * 60_000);
  return probeEstate(at, { ...context, config: sites.config, sources: estateSources(sites) });
}

const sentBy = (stage: RunStage): Partial<Record<MetricName, number>> =>
  Object.fromEntries(stage.sent);

async function backUp({ store, lineage }: RunStage): Promise<string> {
  await putSegment(store, lineage, segment(2));
  return (await putBackup(store, lineage, { start: 2, finishedAt: after(-90) })).id;
}

describe('probeEstate', () => {
  test('publishes the age of the newest restorable backup, a usable key, and that it has run', async () => {
    const stage = await runStage();
    const id = await backUp(stage);
    const report = await probe(stage);
    expect(sentBy(stage)).toMatchObject({
      LastBackupAgeSec: 90 * 60,
      KeyUsable: 1,
      EstateProbed: 1,
      ChecksFailedA: 0,
      ChecksBlindA: 0,
    });
    expect(report.checks.find((one) => one.id === 'A7')?.says).toContain(id);
    expect(stage.lines).toMatchObject([
      {
        level: 'info',
        event: 'estate.probed',
        fields: { cluster: 'orders', last_backup_age_sec: 5_400, key_usable: 1 },
      },
    ]);
  });

  test('publishes the age of the lineage while there is no backup that can be restored', async () => {
    const stage = await runStage();
    await putBackup(stage.store, stage.lineage, { start: 2, finishedAt: after(-90) });
    await probe(stage);
    const ageSec = (DUE.getTime() - LINEAGE_IDENTITY.createdAt.getTime()) / 1_000;
    expect(sentBy(stage)).toMatchObject({ LastBackupAgeSec: ageSec });
  });

  test('publishes no age below 0 when the server is ahead', async () => {
    const stage = await runStage();
    await backUp(stage);
    stage.clock.advance(-120 * 60_000);
    await probe(stage);
    expect(sentBy(stage)).toMatchObject({ LastBackupAgeSec: 0 });
  });

  test('publishes 0 for a key that is disabled or to be deleted', async () => {
    const stage = await runStage();
    await probe(stage, { keys: { isUsable: async () => false } });
    expect(sentBy(stage)).toMatchObject({ KeyUsable: 0 });
  });

  test('publishes the age although the key may not be asked about, and counts one blind', async () => {
    const stage = await runStage();
    await backUp(stage);
    const report = await probe(stage, { keys: { isUsable: denied } });
    const sent = sentBy(stage);
    expect(sent).toMatchObject({ LastBackupAgeSec: 90 * 60, ChecksBlindA: 1, EstateProbed: 1 });
    expect(sent).not.toHaveProperty('KeyUsable');
    expect(report.checks.find((one) => one.id === 'A11')).toMatchObject({
      standing: 'blind',
      says: 'AWS-DENIED: kms:DescribeKey: not allowed',
    });
  });

  test('publishes the key although the store cannot be read, and counts what failed', async () => {
    const stage = await runStage();
    const config = configOf({ HOLDFAST_CLUSTER: 'invoices' });
    const report = await probe(stage, { config });
    const sent = sentBy(stage);
    expect(sent).toMatchObject({ KeyUsable: 1, ChecksFailedA: 2, EstateProbed: 1 });
    expect(sent).not.toHaveProperty('LastBackupAgeSec');
    expect(report.checks.find((one) => one.id === 'A7')?.says).toContain('CATALOG-CLUSTER');
  });

  test('fails when nothing can be seen, names both faults, and publishes what it counted', async () => {
    const stage = await runStage();
    const config = configOf({ HOLDFAST_ROTATED_SECRETS: undefined });
    const minute = { minutes: 6, config, keys: { isUsable: denied }, history: { read: gone } };
    const refusal = await refusalOf(probe(stage, { ...minute, vault: { read: gone } }));
    expect(refusal.code).toBe('AWS-DENIED');
    expect(refusal.message).toBe(
      'kms:DescribeKey: not allowed; and AWS-FAILED: cloudwatch:GetMetricData: no answer',
    );
    const sent = sentBy(stage);
    expect(sent).toMatchObject({ ChecksBlindA: 1, ChecksFailedA: 1, ChecksFailedB: 2 });
    expect(sent).not.toHaveProperty('EstateProbed');
  });

  test('has seen nothing where all that did not fail was nobody’s to ask', async () => {
    const stage = await runStage();
    const config = configOf({ HOLDFAST_ROTATED_SECRETS: undefined });
    const sites = {
      minutes: 1,
      config,
      vault: { read: gone },
      keys: { isUsable: denied },
      history: { read: gone },
    };
    expect((await refusalOf(probe(stage, sites))).code).toBe('AWS-DENIED');
    expect(sentBy(stage)).not.toHaveProperty('EstateProbed');
  });

  test('looks at each fact in a minute of its own, and at the key in each', async () => {
    const ids = async (minutes: number): Promise<readonly string[]> => {
      const { checks } = await probe(await runStage(), { minutes });
      return checks.map(({ id }) => id).toSorted();
    };
    expect(await ids(0)).toEqual(['A11', 'A7', 'A7r', 'B20r', 'B4r']);
    expect(await ids(2)).toContain('M5');
    expect(await ids(1)).toEqual(['A10', 'A11', 'B20r', 'B22', 'B4r']);
    expect(await ids(3)).toContain('A17r');
    expect(await ids(4)).toEqual(['A11', 'B20r', 'B4r']);
    expect(await ids(5)).toEqual(['A11', 'A7', 'A7r', 'B20r', 'B4r']);
  });

  test('asks for nothing that the deployment does not name', async () => {
    const asked: string[] = [];
    const stage = await runStage();
    await probe(stage, {
      config: configOf({
        HOLDFAST_HOST_GROUP: undefined,
        HOLDFAST_VOLUME_ID: undefined,
        HOLDFAST_FUNCTIONS: undefined,
      }),
      minutes: 2,
      history: {
        read: async (wanted) => {
          asked.push(...Object.keys(wanted));
          return EMPTY.read(wanted);
        },
      },
    });
    expect(asked).toContain('ArchiveGaps');
    expect(asked).not.toContain('CPUUtilization');
    expect(asked).not.toContain('VolumeStalledIOCheck');
    expect(asked).not.toContain('CorruptionErrors');
  });
});
