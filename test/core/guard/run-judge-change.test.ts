import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { ChangeEvent } from '../../../lib/core/guard/change-event.ts';
import { type JudgeChangeDeps, runJudgeChange } from '../../../lib/core/guard/run-judge-change.ts';
import type { Email } from '../../../lib/core/paging/email.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { recordingLog, type RecordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry, type RecordingTelemetry } from '../../support/recording-telemetry.ts';
import { claimTestLineage, putSegment, segment } from '../../support/wal-fixture.ts';
import {
  bucketCall,
  type Call,
  type Caller,
  DEPLOYMENT,
  KEY_ARN,
  keyCall,
  PROOF,
  ROLES,
  trailEvent,
} from './samples.ts';

/** What was published, and to which topic. */
interface Stage {
  readonly log: RecordingLog;
  readonly telemetry: RecordingTelemetry;
  readonly published: { readonly topic: string; readonly email: Email }[];
  judge(call: Call, caller?: Caller, given?: Partial<JudgeChangeDeps>): Promise<string>;
}

function stage(store: ObjectStore): Stage {
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const published: Stage['published'] = [];
  const { signal } = new AbortController();
  return {
    log,
    telemetry,
    published,
    judge: async (call, caller, given = {}) =>
      runJudgeChange(ChangeEvent.parse(trailEvent(call, caller)), {
        config: {
          environment: 'prod',
          cluster: 'orders',
          storeUrl: store.url,
          kmsKey: KEY_ARN,
          envelopeKey: undefined,
          topics: { page: 'page-topic', ticket: 'ticket-topic' },
          runbookUrl: 'https://wiki.example.com/runbook.md',
          roles: ROLES,
        },
        store,
        publish: async (topic, email) => {
          published.push({ topic, email });
        },
        telemetry,
        log,
        signal,
        patience: signal,
        ...given,
      }),
  };
}

/** An archive of two backups, and WAL to the last commit. */
async function archive(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const commits = [new Date('2026-12-01T05:09:58.000Z')];
  for (const number of [2, 3, 4]) await putSegment(store, lineage, segment(number), { commits });
  await putBackup(store, lineage, { start: 2, finishedAt: new Date('2026-11-28T01:30:00.000Z') });
  await putBackup(store, lineage, { start: 3, finishedAt: new Date('2026-11-30T01:30:00.000Z') });
  return store;
}

describe('a change that pages', () => {
  test('says who it was, from where, when, what, and which windows are at stake', async () => {
    const at = stage(await archive());
    const call = keyCall('ScheduleKeyDeletion', { pendingWindowInDays: 7 });
    expect(await at.judge(call)).toBe('page');
    const [message] = at.published;
    expect(message?.topic).toBe('page-topic');
    expect(message?.email.subject).toMatch(/^PAGE orders \(prod\) GuardPaged: kms:Schedule/);
    for (const words of [
      'arn:aws:sts::111111111111:assumed-role/Admin/alice',
      '(role arn:aws:iam::111111111111:role/Admin)',
      '203.0.113.9, aws-cli/2.31.0',
      '2026-12-01 05:10:00 UTC',
      '"pendingWindowInDays":7',
      KEY_ARN,
      '2 restorable base backups',
      '2026-11-28 01:30:00 UTC to 2026-12-01 05:09:58 UTC on timeline 1',
      '2f71316e-829b-4816-9202-797c00ffdf53 in CloudTrail, eu-central-1',
      'https://wiki.example.com/runbook.md#guardpaged',
      'holdfast ack holdfast-prod-orders-GuardPaged',
    ]) {
      expect(message?.email.text).toContain(words);
    }
    expect(at.telemetry.flushed).toEqual([{ GuardPaged: 1 }]);
    expect(at.log.lines).toMatchObject([
      {
        level: 'warn',
        event: 'guard.change.judged',
        fields: { action: 'page', change: 'kms:ScheduleKeyDeletion', source_ip: '203.0.113.9' },
      },
    ]);
  });

  test('says that it was refused', async () => {
    const at = stage(await archive());
    await at.judge({ ...bucketCall('PutBucketPolicy'), errorCode: 'AccessDenied' });
    expect(at.published[0]?.email.text).toContain(', which was refused (AccessDenied), by ');
  });

  test('is told although the store cannot be read any more, and says so', async () => {
    const store = new MemoryObjectStore();
    const at = stage(store);
    await at.judge(keyCall('DisableKey'));
    expect(at.published[0]?.email.text).toContain('At stake: nobody can tell: CATALOG-CLUSTER: ');
  });

  test('is told without its windows when they take too long to read', async () => {
    const at = stage(await archive());
    await at.judge(keyCall('DisableKey'), undefined, { patience: AbortSignal.abort() });
    expect(at.published[0]?.email.text).toContain('could not be read in time');
  });

  test('says that nothing can be recovered when nothing can', async () => {
    const store = new MemoryObjectStore();
    await claimTestLineage(store);
    const at = stage(store);
    await at.judge(keyCall('DisableKey'));
    expect(at.published[0]?.email.text).toContain('At stake: nothing that could be recovered now');
  });

  test('counts although nobody takes the message, and fails so that it is tried again', async () => {
    const at = stage(await archive());
    const refuse = async (): Promise<never> => {
      throw new OpsError('AWS-DENIED', 'sns:Publish: no', { hint: 'see why' });
    };
    await expect(
      at.judge(keyCall('DisableKey'), undefined, { publish: refuse }),
    ).rejects.toMatchObject({ code: 'AWS-DENIED' });
    expect(at.telemetry.flushed).toEqual([{ GuardPaged: 1 }]);
  });

  test('keeps what a caller chose to one line of a bounded length', async () => {
    const at = stage(await archive());
    const name = `x\n\nAt stake: nothing\n${'y'.repeat(10_000)}`;
    await at.judge(bucketCall('PutBucketPolicy', { name }));
    const lines = at.published[0]?.email.text.split('\n') ?? [];
    expect(lines.filter((line) => line.startsWith('At stake: '))).toHaveLength(1);
    expect(lines.filter((line) => line.length > 700)).toEqual([]);
  });
});

describe('any other change', () => {
  test('by a deployment leaves a ticket with its details', async () => {
    const at = stage(await archive());
    expect(await at.judge(bucketCall('PutBucketPolicy'), DEPLOYMENT)).toBe('ticket');
    const [message] = at.published;
    expect(message?.topic).toBe('ticket-topic');
    expect(message?.email.text).toContain(', a deployment');
    expect(message?.email.text).not.toContain('holdfast ack');
    expect(at.telemetry.flushed).toEqual([{}]);
  });

  test('that is the proof is counted and told to nobody', async () => {
    const at = stage(await archive());
    expect(await at.judge(PROOF, { role: ROLES.proof })).toBe('proof');
    expect(at.published).toEqual([]);
    expect(at.telemetry.flushed).toEqual([{ GuardProven: 1 }]);
  });

  test('that weakens nothing is logged only', async () => {
    const at = stage(await archive());
    expect(await at.judge(keyCall('UpdateKeyDescription'))).toBe('log');
    expect(at.published).toEqual([]);
    expect(at.log.events).toEqual(['guard.change.judged']);
  });
});
