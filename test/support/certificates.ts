import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';

/** A certificate authority of a test's own, and what it signed. */
export interface Certificates {
  /** The authority's certificate, in PEM. */
  readonly roots: string;
  /** Of the server; the key belongs to PostgreSQL's account. */
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Makes them in `directory`, as `<name>-….pem`, for a server that is called `host`, and others. */
export async function makeCertificates(
  directory: string,
  name: string,
  host = 'localhost',
  ...otherHosts: readonly string[]
): Promise<Certificates> {
  const file = (part: string): string => join(directory, `${name}-${part}.pem`);
  const [rootKey, root] = [file('root-key'), file('root')];
  const [keyFile, certificateFile] = [file('key'), file('certificate')];
  const make = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2'];
  await execa('openssl', [...make, '-subj', `/CN=${name}`, '-keyout', rootKey, '-out', root]);
  const signed = ['-CA', root, '-CAkey', rootKey, '-subj', `/CN=${host}`];
  const names = [host, ...otherHosts].map((one) => `DNS:${one}`);
  const named = ['-addext', `subjectAltName=${names.join(',')}`];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  await execa('openssl', [...make, ...signed, ...named, ...files]);
  const owner = serverOwner();
  if (owner !== undefined) await chown(keyFile, owner.uid, owner.gid);
  return { roots: await readFile(root, 'utf8'), keyFile, certificateFile };
}
