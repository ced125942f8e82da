import { LambdaClient } from '@aws-sdk/client-lambda';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  cloudWatchPastReports,
  pastReports,
} from '../../lib/core/adapters/aws/cloudwatch-past-reports.ts';
import { diagnoserOf, lambdaDiagnoser } from '../../lib/core/adapters/aws/lambda-diagnoser.ts';
import { encodeReading } from '../../lib/core/diagnosis/statement-reading.ts';
import { ALARM, diagnosis } from '../core/paging/samples.ts';
import {
  type Answer,
  type AnsweringServer,
  startAnsweringServer,
} from '../support/answering-server.ts';

const FUNCTION = 'arn:aws:lambda:eu-central-1:111122223333:function:diagnose';
const REQUEST = { alarm: ALARM, at: new Date('2026-12-01T05:10:00.123Z') };
let aws: AnsweringServer;
const client = () => ({
  endpoint: aws.origin,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  maxAttempts: 1,
});

beforeAll(async () => {
  aws = await startAnsweringServer();
});
beforeEach(() => aws.reset());
afterAll(async () => aws[Symbol.asyncDispose]());

/** What AWS may say instead. */
const FAULTS: readonly { readonly what: string; readonly answer: Answer; readonly code: string }[] =
  [
    {
      what: 'fails',
      answer: { status: 200, text: '{}', headers: { 'x-amz-function-error': 'Unhandled' } },
      code: 'HEALTH-DIAGNOSIS',
    },
    { what: 'answers nonsense', answer: { status: 200, text: '"x"' }, code: 'HEALTH-DIAGNOSIS' },
    {
      what: 'may not be called',
      answer: {
        status: 403,
        text: '{"Message":"no"}',
        headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      },
      code: 'AWS-DENIED',
    },
    {
      what: 'is gone',
      answer: {
        status: 404,
        text: '{"Message":"no"}',
        headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
      },
      code: 'AWS-ABSENT',
    },
  ];

describe('the function that diagnoses', () => {
  const ask = async () => lambdaDiagnoser(FUNCTION, new LambdaClient(client())).diagnose(REQUEST);

  test('is told alarm and time, and waited for', async () => {
    aws.answer({ status: 200, text: JSON.stringify(diagnosis()) });
    expect(await ask()).toEqual(diagnosis());
    expect(aws.seen).toMatchObject([
      {
        method: 'POST',
        path: `/2015-03-31/functions/${encodeURIComponent(FUNCTION)}/invocations`,
        body: JSON.stringify({ alarm: ALARM, at: '2026-12-01T05:10:00.123Z' }),
      },
    ]);
  });

  test('is told when nobody will read what it says', async () => {
    aws.answer({ status: 200, text: JSON.stringify(diagnosis()) });
    const request = { ...REQUEST, isProof: true };
    await lambdaDiagnoser(FUNCTION, new LambdaClient(client())).diagnose(request);
    expect(JSON.parse(aws.seen[0]?.body ?? '')).toMatchObject({ alarm: ALARM, isProof: true });
  });

  test.each(FAULTS)('that $what is an error with a code', async ({ answer, code }) => {
    aws.answer(answer);
    await expect(ask()).rejects.toMatchObject({ code });
  });

  test('is nobody where none is deployed', () => {
    expect(diagnoserOf(undefined)).toBeUndefined();
  });
});

describe('what the probe wrote down', () => {
  const at = new Date('2026-12-01T05:05:00.000Z');
  const statement = { queryId: '7', role: 'app', database: 'shop', calls: 3, ms: 40 };
  const line = (sec: number): string =>
    JSON.stringify({
      event: 'health.probed',
      statements: encodeReading({
        at: new Date(at.getTime() + sec * 1_000),
        statements: [statement],
      }),
    });
  const reports = () => cloudWatchPastReports('probes', new CloudWatchLogsClient(client()));

  test('is read as it was nearest to that time', async () => {
    const events = [line(-90), line(20), line(60), 'START RequestId', '{"statements":"x"}'];
    aws.answer({
      status: 200,
      text: JSON.stringify({ events: events.map((message) => ({ message })) }),
    });
    expect(await reports().statements(at)).toEqual({
      at: new Date('2026-12-01T05:05:20.000Z'),
      statements: [statement],
    });
    expect(JSON.parse(aws.seen[0]?.body ?? '')).toMatchObject({
      logGroupName: 'probes',
      filterPattern: '{ $.event = "health.probed" && $.statements = "*" }',
    });
  });

  test('is nothing where nothing was written, or no log group is known', async () => {
    aws.answer({ status: 200, text: '{"events":[]}' });
    expect(await reports().statements(at)).toBeUndefined();
    expect(await pastReports(undefined).statements(at)).toBeUndefined();
  });
});
