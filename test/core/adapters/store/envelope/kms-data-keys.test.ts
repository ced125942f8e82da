import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { kmsDataKeys } from '../../../../../lib/core/adapters/store/envelope/kms-data-keys.ts';
import { codeOf } from '../../../../contract/store-helpers.ts';
import { PART } from './sealed-stage.ts';

const KEY = 'alias/orders-prod';
const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const WRAPPED = { kind: 'kms', keyId: ARN, bytes: Buffer.from('wrapped') } as const;

/** What no API server of a test answers. */
test.each([
  ['DisabledException', 'VAULT-KEY'],
  ['KMSInvalidStateException', 'VAULT-KEY'],
  ['AccessDeniedException', 'VAULT-KEY'],
  ['NotFoundException', 'VAULT-KEY'],
  ['IncorrectKeyException', 'VAULT-KEY'],
  ['InvalidCiphertextException', 'VAULT-SEALED'],
  ['ThrottlingException', 'AWS-FAILED'],
  ['KMSInternalException', 'AWS-FAILED'],
  ['ExpiredTokenException', 'AWS-DENIED'],
])('%s of KMS is %s', async (name, code) => {
  const client = new KMSClient({ region: 'eu-central-1' });
  const refusal = Object.assign(new Error('no'), { name });
  mockClient(client).onAnyCommand().rejects(refusal);
  expect(await codeOf(kmsDataKeys(KEY, client).unwrap(WRAPPED, PART))).toBe(code);
});

test('KMS is told cluster and object, and what it answers is kept once', async () => {
  const client = new KMSClient({ region: 'eu-central-1' });
  const [made, opened] = [Buffer.alloc(32, 1), Buffer.alloc(32, 1)];
  const kms = mockClient(client);
  kms
    .on(GenerateDataKeyCommand)
    .resolves({ KeyId: ARN, Plaintext: made, CiphertextBlob: Buffer.from('wrapped') });
  kms.on(DecryptCommand).resolves({ Plaintext: opened });
  const keys = kmsDataKeys(KEY, client);
  const { key, wrapped } = await keys.create(PART);
  expect(wrapped).toEqual(WRAPPED);
  expect(key).toEqual(Buffer.alloc(32, 1));
  expect(await keys.unwrap(wrapped, PART)).toEqual(key);
  for (const buffer of [made, opened]) expect(buffer).toEqual(Buffer.alloc(32));
  const EncryptionContext = { 'holdfast:cluster': 'prod', 'holdfast:object': PART };
  expect(kms.calls().map(({ args: [command] }) => command.input)).toEqual([
    { KeyId: KEY, KeySpec: 'AES_256', EncryptionContext },
    { KeyId: KEY, CiphertextBlob: WRAPPED.bytes, EncryptionContext },
  ]);
});
