import { X509Certificate } from 'node:crypto';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates that sign a cluster's own, in PEM, from the SSM parameter `name`.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a parameter without a readable certificate: with none
 *   to trust, TLS would fail without saying why; `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
 */
export async function readRootCertificates(
  name: string,
  { signal }: CallOptions = {},
  client = new SSMClient(CLIENT_SETTINGS),
): Promise<string> {
  const { Parameter } = await awsCall(
    `ssm:GetParameter of ${name}`,
    async () => client.send(new GetParameterCommand({ Name: name }), { abortSignal: signal }),
    signal,
  );
  const certificates = (Parameter?.Value ?? '').match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isReadable)) {
    throw new OpsError('CONFIG-INVALID', `the parameter ${name} holds no readable certificate`, {
      hint: 'write the certificates that signed the server’s own there, in PEM',
    });
  }
  return certificates.join('\n');
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
