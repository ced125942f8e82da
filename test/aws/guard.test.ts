import { KMSClient, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { onTestFinished, expect, test, vi } from 'vitest';
import { handler as judgeChange } from '../../functions/judge-change/handler.ts';
import { handler as judgeTags } from '../../functions/judge-tags/handler.ts';
import { handler as proveGuard } from '../../functions/prove-guard/handler.ts';
import { AppliedRecord } from '../../lib/core/retention/applied-record.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import {
  bucketCall,
  DEPLOYMENT,
  keyCall,
  PROOF,
  ROLES,
  trailEvent,
} from '../core/guard/samples.ts';
import { bucketMessage } from '../core/guard/tags/samples.ts';
import { startAnsweringServer } from '../support/answering-server.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { until } from '../support/until.ts';
import { putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import { deployFunctions, type FunctionStage, invocation } from './function-stage.ts';

/** What a topic handed to its subscriber. */
interface Mail {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
}

interface GuardStage extends FunctionStage {
  readonly topics: { readonly page: string; readonly ticket: string };
  /** Waits until so many came. */
  readonly mails: (count: number) => Promise<readonly Mail[]>;
}

/** A deployed cluster that has a backup, topics, and somebody who reads what comes to them. */
async function guarded(): Promise<GuardStage> {
  const stage = await deployFunctions();
  const reader = await startAnsweringServer();
  onTestFinished(async () => reader[Symbol.asyncDispose]());
  const sns = new SNSClient();
  // A topic that an earlier test made still has that one's reader.
  const own = stage.kmsKey.slice(-12);
  const make = async (name: string): Promise<string> => {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: reader.origin }));
    return TopicArn;
  };
  const topics = { page: await make(`page-${own}`), ticket: await make(`ticket-${own}`) };
  const told = {
    HOLDFAST_PAGE_TOPIC: topics.page,
    HOLDFAST_TICKET_TOPIC: topics.ticket,
    HOLDFAST_RUNBOOK_URL: 'https://wiki.example.com/runbook.md',
    HOLDFAST_DEPLOYMENT_ROLE: ROLES.deployment,
    HOLDFAST_PROOF_ROLE: ROLES.proof,
  };
  for (const [name, value] of Object.entries(told)) vi.stubEnv(name, value);
  const commits = [new Date('2026-12-01T05:09:58.000Z')];
  await putSegment(stage.store, stage.lineage, segment(2), { commits });
  const finishedAt = new Date('2026-11-30T01:30:00.000Z');
  await putBackup(stage.store, stage.lineage, { start: 2, finishedAt });
  const read = (): readonly Mail[] =>
    reader.seen.map(({ body }) => JSON.parse(body)).filter(({ Type }) => Type === 'Notification');
  return {
    ...stage,
    topics,
    mails: async (count) => {
      await until(`${count} messages`, () => read().length >= count);
      return read();
    },
  };
}

describeAws('the guard', () => {
  test('pages who ended a key, and names the windows at stake', async () => {
    const lines = captureLines();
    const { mails, topics } = await guarded();
    expect(await judgeChange(trailEvent(keyCall('DisableKey')), invocation('a'))).toBe('page');
    const [mail] = await mails(1);
    expect(mail?.TopicArn).toBe(topics.page);
    expect(mail?.Subject).toMatch(/^PAGE orders \(t[0-9a-f]+\) GuardPaged: kms:DisableKey/);
    expect(mail?.Message).toContain('assumed-role/Admin/alice');
    expect(mail?.Message).toContain('203.0.113.9');
    expect(mail?.Message).toContain('1 restorable base backup,');
    expect(mail?.Message).toContain(
      '2026-11-30 01:30:00 UTC to 2026-12-01 05:09:58 UTC on timeline 1',
    );
    expect(lines.metrics()).toMatchObject({ GuardPaged: 1, Cluster: 'orders' });
  });

  test('pages although the archive is gone', async () => {
    const { mails } = await guarded();
    captureLines();
    vi.stubEnv('HOLDFAST_STORE', 's3://no-such-bucket-anywhere/prod');
    await judgeChange(trailEvent(bucketCall('DeleteBucket')), invocation('a'));
    const [mail] = await mails(1);
    expect(mail?.Message).toContain('At stake: nobody can tell: STORE-MISSING');
  });

  test('leaves a ticket of what a deployment changed', async () => {
    captureLines();
    const { mails, topics } = await guarded();
    await judgeChange(trailEvent(bucketCall('PutBucketPolicy'), DEPLOYMENT), invocation('a'));
    const [mail] = await mails(1);
    expect(mail?.TopicArn).toBe(topics.ticket);
  });

  test('fails when a topic is gone, having counted', async () => {
    const lines = captureLines();
    const { topics } = await guarded();
    vi.stubEnv('HOLDFAST_PAGE_TOPIC', `${topics.page}-gone`);
    await expect(
      judgeChange(trailEvent(keyCall('DisableKey')), invocation('a')),
    ).rejects.toMatchObject({ code: 'AWS-ABSENT' });
    expect(lines.metrics()).toMatchObject({ GuardPaged: 1 });
  });

  test('proves itself: a tag of the key, and the metric once CloudTrail tells of it', async () => {
    const lines = captureLines();
    const { kmsKey } = await guarded();
    await proveGuard({ scheduledTime: '2026-12-01T06:00:00Z' }, invocation('a'));
    const { Tags } = await new KMSClient().send(new ListResourceTagsCommand({ KeyId: kmsKey }));
    expect(Tags).toEqual([
      { TagKey: 'holdfast-guard-proof', TagValue: '2026-12-01T06:00:00.000Z' },
    ]);
    await judgeChange(trailEvent(PROOF, { role: ROLES.proof }), invocation('b'));
    expect(lines.metrics()).toMatchObject({ GuardProven: 1 });
  });
});

describeAws('who watches tags', () => {
  test('tells a stranger’s tag from retention’s in a real bucket', async () => {
    const lines = captureLines();
    const { store, lineage } = await guarded();
    const [gone, stays, kept] = [segment(3), segment(4), segment(5)];
    for (const name of [gone, stays, kept]) await putSegment(store, lineage, name);
    const applied = {
      planId: '20261201T050000Z',
      agreedWith: '20261124T050000Z',
      at: new Date('2026-12-01T05:00:00.000Z'),
      backups: [],
      wal: [{ first: gone, last: gone }],
      floors: [],
    };
    const key = lineage.keys.retention.applied(applied.planId);
    await putRecord(store, key, AppliedRecord, applied, { epoch: 0 });
    for (const name of [gone, stays]) {
      await store.tag(lineage.keys.wal(name), { 'holdfast-expiry': 'due' });
    }
    await store.tag(lineage.keys.wal(kept), { 'holdfast-expiry': 'kept' });
    const Records = [gone, stays, kept].map((name) => ({
      messageId: name,
      body: JSON.stringify(bucketMessage({ key: lineage.keys.wal(name) })),
    }));
    expect(await judgeTags({ Records }, invocation('a'))).toEqual({ batchItemFailures: [] });
    expect(lines.metrics()).toMatchObject({ TagStrangers: 1 });
    expect(lines.logged('guard.tag.stranger')).toMatchObject([
      { object_key: lineage.keys.wal(stays), requester: '111111111111' },
    ]);
  });
});
