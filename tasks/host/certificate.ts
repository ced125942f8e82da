import { secretsManagerAuthorities } from '../../lib/core/adapters/aws/secrets-manager-authorities.ts';
import { ssmPublishedTexts } from '../../lib/core/adapters/aws/ssm-published-texts.ts';
import { certificateFiles } from '../../lib/core/adapters/host/certificate-files.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { TLS_DIRECTORY } from '../../lib/core/contract/host-paths.ts';
import { Pooler } from '../../lib/core/contract/pooler.ts';
import { failureFields } from '../../lib/core/errors/failure-fields.ts';
import { convergeCertificates } from '../../lib/core/host/certificates/converge-certificates.ts';
import type { TaskProcess } from '../shared/run-task.ts';
import { runStep, type StepContext } from './run-step.ts';

/** The server's certificate, made or renewed when it is due. */
export async function keepCertificates({
  config,
  clock,
  log,
  signal,
}: StepContext): Promise<'kept' | 'renewed'> {
  const { hostName, authoritySecret, caParameter } = config;
  const { outcome, expiresAt, warning } = await convergeCertificates(
    {
      names: [hostName, Pooler.SERVER_NAME],
      authoritySecret,
      caParameter,
      directory: TLS_DIRECTORY,
    },
    {
      secrets: secretsManagerAuthorities(),
      parameters: ssmPublishedTexts(),
      files: certificateFiles,
      clock,
    },
    { signal },
  );
  if (warning !== undefined) {
    const finding = `the certificate is valid until ${expiresAt.toISOString()}, and could not be kept`;
    log.warn(Event.HOST_FINDING, { finding, ...failureFields(warning) });
  }
  return outcome;
}

/** Runs the role `host-certificate`, which says whether there is a new one; gives the exit status. */
export async function runHostCertificate(io: TaskProcess): Promise<number> {
  return runStep('host-certificate', keepCertificates, io);
}
