import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Diagnosis } from '../../diagnosis/diagnosis-record.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { Diagnoser } from '../../ports/diagnoser.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Whoever asks has a deadline of its own, and knows whether there is time for a second question. */
const ONCE = {
  ...CLIENT_SETTINGS,
  maxAttempts: 1,
  requestHandler: { ...CLIENT_SETTINGS.requestHandler, requestTimeout: 15_000 },
};

/** The {@link lambdaDiagnoser} of a deployment; `undefined` where it has none. */
export function diagnoserOf(functionArn: string | undefined): Diagnoser | undefined {
  return functionArn === undefined ? undefined : lambdaDiagnoser(functionArn);
}

/** A function that makes diagnoses, called by its ARN and waited for. */
export function lambdaDiagnoser(functionArn: string, client = new LambdaClient(ONCE)): Diagnoser {
  return {
    diagnose: async ({ at, ...request }, { signal } = {}) => {
      const invoke = new InvokeCommand({
        FunctionName: functionArn,
        InvocationType: 'RequestResponse',
        Payload: Buffer.from(JSON.stringify({ ...request, at: at.toISOString() })),
      });
      const { FunctionError, Payload } = await awsCall(
        `lambda:InvokeFunction of ${functionArn}`,
        async () => client.send(invoke, { abortSignal: signal }),
        signal,
      );
      if (FunctionError !== undefined) throw failed(`it failed: ${FunctionError}`);
      return parseDiagnosis(Payload);
    },
  };
}

function parseDiagnosis(payload: Uint8Array | undefined): Diagnosis {
  try {
    return Diagnosis.parse(JSON.parse(Buffer.from(payload ?? []).toString('utf8')));
  } catch (cause) {
    throw failed('its answer is no diagnosis', cause);
  }
}

function failed(why: string, cause?: unknown): OpsError {
  return new OpsError('HEALTH-DIAGNOSIS', `the diagnosis cannot be had: ${why}`, {
    cause,
    hint: 'see the log of the function that diagnoses: its last line with "function.failed"',
  });
}
