import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { acknowledgementParameter } from '../../contract/deployed-names.ts';
import {
  type Acknowledgement,
  decodeAcknowledgement,
  encodeAcknowledgement,
} from '../../paging/acknowledgement.ts';
import type { Acknowledgements } from '../../ports/acknowledgements.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const NAMES_PER_CALL = 10;

/** Acknowledgements as parameters of Parameter Store, one for each alarm. */
export function ssmAcknowledgements(client = new SSMClient(CLIENT_SETTINGS)): Acknowledgements {
  return {
    read: async (environment, alarms, { signal } = {}) => {
      const found: Acknowledgement[] = [];
      const names = alarms.map((alarm) => acknowledgementParameter(environment, alarm));
      for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
        const some = new GetParametersCommand({
          Names: names.slice(start, start + NAMES_PER_CALL),
        });
        const { Parameters = [] } = await awsCall(
          'ssm:GetParameters of acknowledgements',
          async () => client.send(some, { abortSignal: signal }),
          signal,
        );
        found.push(...Parameters.flatMap(({ Value = '' }) => decodeAcknowledgement(Value) ?? []));
      }
      return new Map(found.map((acknowledgement) => [acknowledgement.alarm, acknowledgement]));
    },
    write: async (environment, acknowledgement, { signal } = {}) => {
      const name = acknowledgementParameter(environment, acknowledgement.alarm);
      const put = new PutParameterCommand({
        Name: name,
        Value: encodeAcknowledgement(acknowledgement),
        Type: 'String',
        Overwrite: true,
      });
      await awsCall(
        `ssm:PutParameter ${name}`,
        async () => client.send(put, { abortSignal: signal }),
        signal,
      );
    },
  };
}
