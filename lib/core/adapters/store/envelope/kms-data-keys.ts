import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { isOpsError } from '../../../errors/ops-error.ts';
import { awsCall } from '../../aws/aws-errors.ts';
import { CLIENT_SETTINGS } from '../../aws/client-settings.ts';
import { type DataKeys, wrapContext } from './data-keys.ts';
import { brokenSeal, keyRefused } from './envelope-refusals.ts';

/** KMS says so of a wrapped key that was damaged, and of one that was made in another context. */
const OTHER_CONTEXT = 'InvalidCiphertextException';
/** What of KMS's answers is about the key; the rest is about the call, the caller or the network. */
const ABOUT_THE_KEY = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/**
 * Data keys that AWS KMS makes and unwraps under `keyId`: the id, the alias or the ARN of a key, which
 * never leaves KMS. Every key is asked for by name, so that no other key of the account opens anything.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function kmsDataKeys(keyId: string, client = clientFor(keyId)): DataKeys {
  return {
    kind: 'kms',
    create: async (object, { signal } = {}) => {
      const request = new GenerateDataKeyCommand({
        KeyId: keyId,
        KeySpec: 'AES_256',
        EncryptionContext: wrapContext(object),
      });
      const send = async () => client.send(request, { abortSignal: signal });
      const answer = await about(keyId, object, 'kms:GenerateDataKey', send, signal);
      const { Plaintext, CiphertextBlob: bytes, KeyId = keyId } = answer;
      if (Plaintext === undefined || bytes === undefined) throw noKey(keyId, object);
      return { key: taken(Plaintext), wrapped: { kind: 'kms', keyId: KeyId, bytes } };
    },
    unwrap: async ({ bytes, keyId: wrappedUnder }, object, { signal } = {}) => {
      const request = new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: bytes,
        EncryptionContext: wrapContext(object),
      });
      const send = async () => client.send(request, { abortSignal: signal });
      const answer = await about(wrappedUnder, object, 'kms:Decrypt', send, signal);
      if (answer.Plaintext === undefined) throw noKey(keyId, object);
      return taken(answer.Plaintext);
    },
  };
}

async function about<T>(
  keyId: string,
  object: string,
  action: string,
  send: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await awsCall(`${action} for ${object}`, send, signal);
  } catch (error) {
    const name = isOpsError(error) ? String(error.details['error']) : '';
    if (name === OTHER_CONTEXT) {
      throw brokenSeal(object, 'has a data key that KMS opens for no object of this name', error);
    }
    if (!ABOUT_THE_KEY.has(name)) throw error;
    const message = `KMS refuses the key of ${object}, sealed under ${keyId}: ${name}`;
    throw keyRefused(message, { object, key: keyId, error: name }, { cause: error });
  }
}

/** Over the SDK's own copy, which stays in memory else. */
function taken(plaintext: Uint8Array): Buffer {
  const key = Buffer.from(plaintext);
  plaintext.fill(0);
  return key;
}

function noKey(keyId: string, object: string): Error {
  return keyRefused(`KMS gave no data key for ${object}`, { object, key: keyId });
}

/** An ARN says where its key is; an id or an alias is looked up where the environment says. */
function clientFor(keyId: string): KMSClient {
  const [, , , region] = keyId.split(':');
  return new KMSClient({ ...CLIENT_SETTINGS, ...(region !== undefined && { region }) });
}
