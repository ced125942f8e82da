import { rootCertificates } from 'node:tls';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { readRootCertificates } from '../../../../lib/core/adapters/aws/root-certificates.ts';

const NAME = '/holdfast/prod/orders/ca';
const [ONE = '', OTHER = ''] = rootCertificates;

const client = mockClient(SSMClient);

beforeEach(() => client.reset());

async function read(value: string | undefined): Promise<string> {
  client.on(GetParameterCommand, { Name: NAME }).resolves({ Parameter: { Value: value } });
  return readRootCertificates(NAME, {}, new SSMClient({}));
}

describe('readRootCertificates', () => {
  test('gives every certificate in a parameter, and nothing around them', async () => {
    expect(await read(`# ours\n${ONE}\n\nold one:\n${OTHER}\n`)).toBe(`${ONE}\n${OTHER}`);
  });

  test.each([
    ['nothing', undefined],
    ['a word', 'pending'],
    ['half a certificate', ONE.slice(0, ONE.length / 2)],
    ['a damaged certificate', ONE.replace(/\n.{20}/, '\n')],
    ['one good and one damaged', `${ONE}\n${OTHER.replace(/\n.{20}/, '\n')}`],
  ])('fails when a parameter holds %s', async (_, value) => {
    await expect(read(value)).rejects.toMatchObject({ code: 'CONFIG-INVALID' });
  });

  test('fails when the parameter is not there', async () => {
    client
      .on(GetParameterCommand)
      .rejects(new ParameterNotFound({ message: 'no such parameter', $metadata: {} }));
    const reading = readRootCertificates(NAME, {}, new SSMClient({}));
    await expect(reading).rejects.toMatchObject({ code: 'AWS-ABSENT' });
  });
});
