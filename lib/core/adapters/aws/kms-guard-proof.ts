import { KMSClient, TagResourceCommand } from '@aws-sdk/client-kms';
import { GUARD_PROOF_TAG } from '../../contract/deployed-names.ts';
import type { GuardProof } from '../../ports/guard-proof.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** Proves the guard by a tag of the cluster's key: a write that CloudTrail tells of, and that changes nothing. */
export function kmsGuardProof(client = new KMSClient(CLIENT_SETTINGS)): GuardProof {
  return {
    mark: async (key, at, { signal } = {}) => {
      const tag = { TagKey: GUARD_PROOF_TAG, TagValue: at.toISOString() };
      await awsCall(
        `kms:TagResource of ${key}`,
        async () =>
          client.send(new TagResourceCommand({ KeyId: key, Tags: [tag] }), { abortSignal: signal }),
        signal,
      );
    },
  };
}
