import { describe, expect, test } from 'vitest';
import { HashRecord } from '../../../lib/core/audit/hash-audit/hash-record.ts';
import { firstDues } from '../../../lib/core/audit/hash-audit/rotation.ts';
import { occurrenceId } from '../../../lib/core/contract/deployed-names.ts';
import { settleTask } from '../../../lib/core/runs/settle-task.ts';
import { ScheduledHashAudit, startHashAudit } from '../../../lib/core/runs/start-hash-audit.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { codeOf } from '../../contract/store-helpers.ts';
import { after, OCCURRENCE, runStage, type RunStage, stoppedTask, taskArnOf } from './run-stage.ts';

const EVENT = ScheduledHashAudit.parse({
  scheduledTime: '2026-12-01T01:00:00Z',
  kind: 'hash-audit',
});

/** A stage on which the task of {@link EVENT} ran for half an hour. */
async function ranStage(): Promise<RunStage> {
  const stage = await runStage();
  expect(await startHashAudit(EVENT, stage.context('starter'))).toEqual({ taskArn: taskArnOf(1) });
  stage.ecs.stopAll();
  stage.clock.advance(31 * 60_000);
  return stage;
}

async function putHashRecord({ store, lineage }: RunStage, at: Date): Promise<void> {
  const id = occurrenceId(at);
  const record: HashRecord = {
    id,
    store: store.url,
    at,
    dueAt: firstDues(at),
    readObjects: 1,
    readBytes: 1,
    findings: { listed: [], more: 0 },
  };
  await putRecord(store, lineage.keys.audit(`${id}-hash`), HashRecord, record, { epoch: 0 });
}

function stopped(given: object = {}) {
  const startedBy = `holdfast/hash-audit/${OCCURRENCE}/1`;
  return stoppedTask(1, { taskArn: taskArnOf(1), startedBy, ...given });
}

describe('an audit of hashes', () => {
  test('is started once, whatever archiving does, and recorded under its kind', async () => {
    const stage = await runStage();
    stage.metrics.clear();
    expect(await startHashAudit(EVENT, stage.context('a'))).toEqual({ taskArn: taskArnOf(1) });
    expect(await startHashAudit(EVENT, stage.context('b'))).toEqual({ skipped: 'started' });
    expect(stage.ecs.requests).toMatchObject([
      { startedBy: `holdfast/hash-audit/${OCCURRENCE}/1` },
    ]);
    const keys = stage.lineage.keys.run('hash-audit', OCCURRENCE);
    expect(await stage.store.head(keys.claim)).toBeDefined();
    expect(await stage.store.head(keys.task(1))).toBeDefined();
  });

  test('waits while another is at work', async () => {
    const stage = await runStage();
    const other = { taskArn: taskArnOf('other'), startedBy: 'somebody', isStopped: false };
    stage.ecs.found.push(other);
    expect(await codeOf(startHashAudit(EVENT, stage.context('a')))).toBe('BACKUP-BUSY');
  });

  test('succeeds by the record that it left, and tells nothing else', async () => {
    const stage = await ranStage();
    await putHashRecord(stage, after(3));
    expect(await settleTask(stopped(), stage.context('judge'))).toEqual({
      verdict: 'succeeded',
      isRetried: false,
    });
    expect(stage.sent).toEqual([]);
  });

  test('fails with 0 and no record, which is counted; a record of the day before is none of its own', async () => {
    const stage = await ranStage();
    await putHashRecord(stage, after(-1_440));
    expect(await settleTask(stopped(), stage.context('judge'))).toMatchObject({
      verdict: 'failed',
    });
    expect(stage.sent).toEqual([['HashAuditFailed', 1]]);
  });

  test('is tried once more when it was interrupted, and then counted', async () => {
    const stage = await ranStage();
    const context = stage.context('judge');
    expect(await settleTask(stopped({ exitCode: 121 }), context)).toEqual({
      verdict: 'interrupted',
      isRetried: true,
    });
    expect(stage.sent).toEqual([]);
    const retry = { startedBy: `holdfast/hash-audit/${OCCURRENCE}/2`, taskArn: taskArnOf(2) };
    await settleTask(stopped({ ...retry, exitCode: 121 }), stage.context('judge-2'));
    expect(stage.sent).toEqual([['HashAuditFailed', 1]]);
  });
});
