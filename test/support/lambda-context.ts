import type { Context } from 'aws-lambda';

/** What Lambda tells a function of the call. */
export function lambdaContext(remainingMs = 60_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'holdfast-test',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:holdfast-test',
    memoryLimitInMB: '256',
    awsRequestId: 'a-request',
    logGroupName: 'functions',
    logStreamName: 'one',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
