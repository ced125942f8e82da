import { describe, expect, test } from 'vitest';
import { type EstateContext, probeEstate } from '../../../lib/core/health/probe-estate.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { codeOf, refusalOf } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { LINEAGE_IDENTITY, putSegment, segment } from '../../support/wal-fixture.ts';
import { after, DUE, runStage, type RunStage } from '../runs/run-stage.ts';

const DENIED = new OpsError('AWS-DENIED', 'kms:DescribeKey: not allowed', { hint: 'see why' });

function contextOf(stage: RunStage, given: Partial<EstateContext> = {}): EstateContext {
  const keys = { isUsable: async () => true };
  return { ...stage.context('probe'), keys, kmsKey: 'alias/orders', ...given };
}

async function backUp({ store, lineage }: RunStage): Promise<string> {
  await putSegment(store, lineage, segment(2));
  return (await putBackup(store, lineage, { start: 2, finishedAt: after(-90) })).id;
}

describe('probeEstate', () => {
  test('publishes the age of the newest restorable backup, and a usable key', async () => {
    const stage = await runStage();
    const id = await backUp(stage);
    await probeEstate(contextOf(stage));
    expect(stage.sent).toEqual([
      ['LastBackupAgeSec', 90 * 60],
      ['KeyUsable', 1],
    ]);
    expect(stage.lines).toEqual([
      {
        level: 'info',
        event: 'estate.probed',
        fields: { cluster: 'orders', backup_id: id, last_backup_age_sec: 5_400, key_usable: true },
      },
    ]);
  });

  test('publishes the age of the lineage while there is no backup that can be restored', async () => {
    const stage = await runStage();
    await putBackup(stage.store, stage.lineage, { start: 2, finishedAt: after(-90) });
    await probeEstate(contextOf(stage));
    const ageSec = (DUE.getTime() - LINEAGE_IDENTITY.createdAt.getTime()) / 1_000;
    expect(stage.sent[0]).toEqual(['LastBackupAgeSec', ageSec]);
  });

  test('publishes no age below 0 when the server is ahead', async () => {
    const stage = await runStage();
    await backUp(stage);
    stage.clock.advance(-120 * 60_000);
    await probeEstate(contextOf(stage));
    expect(stage.sent[0]).toEqual(['LastBackupAgeSec', 0]);
  });

  test('publishes 0 for a key that is disabled or to be deleted', async () => {
    const stage = await runStage();
    await probeEstate(contextOf(stage, { keys: { isUsable: async () => false } }));
    expect(stage.sent).toContainEqual(['KeyUsable', 0]);
  });

  test('publishes the age although the key cannot be asked about, and fails with that', async () => {
    const stage = await runStage();
    await backUp(stage);
    const keys = { isUsable: async () => Promise.reject(DENIED) };
    expect(await codeOf(probeEstate(contextOf(stage, { keys })))).toBe('AWS-DENIED');
    expect(stage.sent).toEqual([['LastBackupAgeSec', 90 * 60]]);
  });

  test('publishes the key although the store cannot be read, and fails with that', async () => {
    const stage = await runStage();
    expect(await codeOf(probeEstate(contextOf(stage, { cluster: 'invoices' })))).toBe(
      'CATALOG-CLUSTER',
    );
    expect(stage.sent).toEqual([['KeyUsable', 1]]);
  });

  test('publishes nothing when nothing can be seen, and names both faults', async () => {
    const stage = await runStage();
    const keys = { isUsable: async () => Promise.reject(DENIED) };
    const refusal = await refusalOf(probeEstate(contextOf(stage, { keys, cluster: 'invoices' })));
    expect(refusal.code).toBe('CATALOG-CLUSTER');
    expect(refusal.message).toContain('AWS-DENIED: kms:DescribeKey');
    expect(stage.sent).toEqual([]);
  });
});
