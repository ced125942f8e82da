import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles, CertificateFileTexts } from '../../ports/certificate-files.ts';
import { errorCodeOf } from '../system/file-error.ts';
import { ownerOf } from '../system/file-owner.ts';
import { syncDirectory } from '../system/sync-directory.ts';

const OWNER_ONLY = 0o600;
/** In the order in which they take their places: nobody is shown a certificate before it can be verified. */
const NAMES = [
  ['roots', 'roots.pem'],
  ['privateKey', 'server.key'],
  ['certificate', 'server.crt'],
] as const satisfies readonly (readonly [keyof CertificateFileTexts, string])[];

/** Certificates in the names that the server's and the pooler's settings give. */
export const certificateFiles: CertificateFiles = {
  read: async (directory) => {
    const entries = NAMES.map(
      async ([part, name]) => [part, await readIfThere(join(directory, name))] as const,
    );
    const texts = new Map(await Promise.all(entries));
    return {
      privateKey: texts.get('privateKey'),
      certificate: texts.get('certificate'),
      roots: texts.get('roots'),
    };
  },

  write: async (directory, texts) => {
    const given = NAMES.flatMap(([part, name]) => {
      const text = texts[part];
      return text === undefined ? [] : [{ path: join(directory, name), text }];
    });
    for (const { path, text } of given) await stage(directory, `${path}.new`, text);
    // Both are whole by now, so that little time is left in which they do not fit.
    for (const { path } of given) await rename(`${path}.new`, path);
    await syncDirectory(directory);
  },
};

/** PostgreSQL takes a key of its own account only, whoever writes it. */
async function stage(directory: string, path: string, text: string): Promise<void> {
  const owner = await ownerOf(directory);
  await rm(path, { force: true });
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    const { uid } = await file.stat();
    if (uid !== owner.uid) await file.chown(owner.uid, owner.gid);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
