import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isOpsError } from '../../errors/ops-error.ts';
import type { PublishedTexts } from '../../ports/published-text.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Parameters of AWS Systems Manager that anybody in the account may read as they are. */
export function ssmPublishedTexts(client = new SSMClient(CLIENT_SETTINGS)): PublishedTexts {
  return {
    read: async (Name, { signal } = {}) => {
      try {
        const { Parameter: { Value, LastModifiedDate } = {} } = await awsCall(
          `ssm:GetParameter of ${Name}`,
          async () => client.send(new GetParameterCommand({ Name }), { abortSignal: signal }),
          signal,
        );
        if (Value === undefined || LastModifiedDate === undefined) return undefined;
        return { text: Value, since: LastModifiedDate };
      } catch (error) {
        if (isOpsError(error, 'AWS-ABSENT')) return undefined;
        throw error;
      }
    },

    write: async (Name, Value, { signal } = {}) => {
      const put = new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true });
      await awsCall(
        `ssm:PutParameter of ${Name}`,
        async () => client.send(put, { abortSignal: signal }),
        signal,
      );
    },
  };
}
