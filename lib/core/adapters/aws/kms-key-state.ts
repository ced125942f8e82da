import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KeyState } from '../../ports/key-state.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/**
 * States of keys in AWS KMS. Only `Enabled` is usable: a key that is to be deleted, or that lost its key
 * material, decrypts nothing.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
export function kmsKeyState(client = new KMSClient(CLIENT_SETTINGS)): KeyState {
  return {
    isUsable: async (key, { signal } = {}) => {
      const { KeyMetadata } = await awsCall(
        `kms:DescribeKey of ${key}`,
        async () => client.send(new DescribeKeyCommand({ KeyId: key }), { abortSignal: signal }),
        signal,
      );
      return KeyMetadata?.KeyState === 'Enabled';
    },
  };
}
