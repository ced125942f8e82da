import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import {
  decodeAuthorities,
  encodeAuthorities,
} from '../../../../lib/core/host/certificates/authority.ts';
import { PROJECT_ROOT, writeBundles } from '../../../../lib/infra/write-bundles.ts';
import { temporaryFolder } from '../../../support/folders.ts';

test.each([true, false])('certificates are made by a bundle too (minified: %s)', async (minify) => {
  const directory = await temporaryFolder();
  const makers = join(PROJECT_ROOT, 'lib/core/host/certificates/make-certificates.ts');
  writeBundles(directory, { entries: { makers }, minify });
  const bundle = await import(pathToFileURL(join(directory, 'makers.mjs')).href);
  const now = new Date('2026-12-01T12:00:00Z');
  const [authority] = decodeAuthorities(
    'authority',
    encodeAuthorities([bundle.makeAuthority(now)]),
  );
  expect(authority?.notBefore).toEqual(new Date('2026-12-01T11:00:00Z'));
  expect(bundle.makeServerCertificate({ authority, names: ['a.b'], now })).toMatchObject({
    certificate: expect.stringContaining('BEGIN CERTIFICATE'),
  });
});
