import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { AuthoritySecrets } from '../../ports/authority-secrets.ts';
import type { CertificateFiles } from '../../ports/certificate-files.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { PublishedTexts } from '../../ports/published-text.ts';
import { type Authority, decodeAuthorities, encodeAuthorities } from './authority.ts';
import { isValid } from './certificate-life.ts';
import { makeAuthority, makeServerCertificate } from './make-certificates.ts';
import { type CertificateStep, livingAuthorities, planCertificates } from './plan-certificates.ts';
import { readRootIds, readServerCertificate } from './read-certificates.ts';

/** Whose certificates, and where they are. */
export interface CertificateRequest {
  /** DNS names by which the server is reached; at least one. */
  readonly names: readonly string[];
  /** ARN of the secret with the authorities. */
  readonly authoritySecret: string;
  /** Name of the parameter by which clients verify the server. */
  readonly caParameter: string;
  /** Where the server's files are; it is there, and its owner gets them. */
  readonly directory: string;
}

/** What the outside world is to {@link convergeCertificates}. */
export interface CertificateDeps {
  readonly secrets: AuthoritySecrets;
  readonly parameters: PublishedTexts;
  readonly files: CertificateFiles;
  readonly clock: Pick<Clock, 'now'>;
}

/** How a server's certificates are now. */
export interface CertificateReport {
  /** `renewed`: a file is another, so whoever has read it must read it again. */
  readonly outcome: 'kept' | 'renewed';
  /** End of the server's certificate. */
  readonly expiresAt: Date;
  /** Why what was due could not be done; what is there is valid until `expiresAt`. */
  readonly warning?: OpsError;
}

/** Two authorities in a row, and all that follows from them, are fewer. */
const MOST_STEPS = 10;

/**
 * Gives the server on this host a certificate that is valid, that every client can verify, and that stays so
 * until somebody looks again; makes and publishes authorities as they are needed.
 *
 * Call it before each start and at least once in two weeks. Stopped at any point, it goes on from there.
 *
 * @throws {@link OpsError} `HOST-CERTIFICATE` when the secret is unreadable or will not take a successor,
 *   `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`, `SECRET-MALFORMED`: each only while no valid certificate is
 *   here, else it is the report's warning; the signal's reason once aborted.
 */
export async function convergeCertificates(
  request: CertificateRequest,
  deps: CertificateDeps,
  options: CallOptions = {},
): Promise<CertificateReport> {
  let outcome: CertificateReport['outcome'] = 'kept';
  try {
    for (let count = 0; count < MOST_STEPS; count += 1) {
      const found = await survey(request, deps, options);
      const { step, expiresAt } = found;
      if (step.step === 'rest') return { outcome, expiresAt };
      if (await take(step, found, request, deps, options)) outcome = 'renewed';
    }
    throw new OpsError(
      'HOST-CERTIFICATE',
      `${request.authoritySecret} and ${request.caParameter} do not keep what is written to them`,
      { hint: 'see in CloudTrail who else writes there; make the secret’s newest version current' },
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    const expiresAt = await validUntil(request, deps);
    if (!isOpsError(error) || expiresAt === undefined) throw error;
    return { outcome, expiresAt, warning: error };
  }
}

interface Survey {
  readonly step: CertificateStep;
  readonly authorities: readonly Authority[];
  /** Of the secret. */
  readonly version: string | undefined;
  readonly expiresAt: Date;
}

async function survey(
  { names, authoritySecret, caParameter, directory }: CertificateRequest,
  { secrets, parameters, files, clock }: CertificateDeps,
  options: CallOptions,
): Promise<Survey> {
  const secret = await secrets.read(authoritySecret, options);
  const authorities = secret === undefined ? [] : decodeAuthorities(authoritySecret, secret.text);
  const list = await parameters.read(caParameter, options);
  const texts = await files.read(directory);
  const now = clock.now();
  const server = readServerCertificate(texts, authorities);
  const step = planCertificates({
    now,
    names,
    authorities,
    published: list && { ids: readRootIds(list.text), since: list.since },
    placed: readRootIds(texts.roots ?? ''),
    server,
  });
  return { step, authorities, version: secret?.version, expiresAt: server?.notAfter ?? now };
}

/** @returns whether a file on this host is another now. */
async function take(
  step: Exclude<CertificateStep, { readonly step: 'rest' }>,
  { authorities, version }: Pick<Survey, 'authorities' | 'version'>,
  { names, authoritySecret, caParameter, directory }: CertificateRequest,
  { secrets, parameters, files, clock }: CertificateDeps,
  options: CallOptions,
): Promise<boolean> {
  const now = clock.now();
  if (step.step === 'make-authority') {
    const kept = [...livingAuthorities(authorities, now), makeAuthority(now)];
    const put = { text: encodeAuthorities(kept), after: version };
    // Whoever was faster has made one too: what is current is read again in either case.
    await secrets.putAfter(authoritySecret, put, options);
    return false;
  }
  if (step.step === 'publish') {
    await parameters.write(caParameter, rootsOf(authorities, step.roots), options);
    return false;
  }
  if (step.step === 'place') {
    await files.write(directory, { roots: rootsOf(authorities, step.roots) });
    return true;
  }
  const authority = authorities.find(({ id }) => id === step.by);
  if (authority === undefined) return false;
  await files.write(directory, makeServerCertificate({ authority, names, now }));
  return true;
}

function rootsOf(authorities: readonly Authority[], ids: readonly string[]): string {
  const named = authorities.filter(({ id }) => ids.includes(id));
  return named.map(({ certificate }) => certificate).join('');
}

/** Until when what is on the disk is good, whoever signed it; `undefined` when it is not. */
async function validUntil(
  { directory }: CertificateRequest,
  { files, clock }: CertificateDeps,
): Promise<Date | undefined> {
  const texts = await files.read(directory);
  const server = readServerCertificate(texts, []);
  const isUsable =
    server !== undefined && texts.roots !== undefined && isValid(server, clock.now());
  return isUsable ? server.notAfter : undefined;
}
