import { X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { convergeCertificates } from '../../../../lib/core/host/certificates/converge-certificates.ts';
import { CertificateStage, DAY_MS, outage, REQUEST } from '../../../support/certificate-stage.ts';

const FIRST = ['put secret', 'write list', 'write roots', 'write certificate, privateKey'];

let stage: CertificateStage;
beforeEach(() => {
  stage = new CertificateStage();
});

/** The certificate on the disk, verified by what stands in `roots`. */
function isVerified(roots = stage.list?.text ?? ''): boolean {
  const served = new X509Certificate(stage.disk.certificate ?? '');
  return (roots.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [])
    .map((pem) => new X509Certificate(pem))
    .some((root) => served.checkIssued(root) && served.verify(root.publicKey));
}

describe('a host that makes sure of its certificate', () => {
  test('makes an authority, publishes it, and has it sign, the first time', async () => {
    const { outcome, expiresAt, warning } = await stage.converge();
    expect({ outcome, warning }).toEqual({ outcome: 'renewed', warning: undefined });
    expect(stage.effects).toEqual(FIRST);
    expect(expiresAt.getTime() - stage.now.getTime()).toBe(90 * DAY_MS);
    expect(isVerified()).toBe(true);
    expect(stage.disk.roots).toBe(stage.list?.text);
  });

  test('does nothing while nothing is due', async () => {
    const { expiresAt } = await stage.converge();
    stage.effects.length = 0;
    stage.pass(59);
    expect(await stage.converge()).toEqual({ outcome: 'kept', expiresAt });
    expect(stage.effects).toEqual([]);
  });

  test('renews with another key at two thirds, by the same authority', async () => {
    await stage.converge();
    const { disk, list } = stage;
    stage.pass(60);
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(stage.disk.privateKey).not.toBe(disk.privateKey);
    expect(stage.list).toBe(list);
    expect(isVerified()).toBe(true);
  });

  test('renews for another name', async () => {
    await stage.converge();
    const names = ['billing.prod.holdfast.internal', 'holdfast-postgres'];
    expect(await stage.converge({ names })).toMatchObject({ outcome: 'renewed' });
    expect(new X509Certificate(stage.disk.certificate ?? '').subjectAltName).toBe(
      'DNS:billing.prod.holdfast.internal, DNS:holdfast-postgres',
    );
  });

  test('has a certificate by the same authority on the next machine', async () => {
    await stage.converge();
    const { versions, list } = stage;
    stage.loseDisk();
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(stage.versions).toEqual(versions);
    expect(stage.list).toBe(list);
    expect(isVerified()).toBe(true);
  });

  test('replaces a key and a certificate that do not fit: it was stopped between the two', async () => {
    await stage.converge();
    const { privateKey } = stage.disk;
    stage.pass(60);
    await stage.converge();
    stage.disk = { ...stage.disk, privateKey };
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(stage.disk.privateKey).not.toBe(privateKey);
  });

  test('goes on from wherever it was stopped', async () => {
    for (let stopAt = 0; stopAt < FIRST.length; stopAt += 1) {
      stage = new CertificateStage();
      stage.before = (effect) => {
        if (!effect.startsWith('read') && stage.effects.length === stopAt) outage();
      };
      await expect(stage.converge()).rejects.toMatchObject({ code: 'AWS-FAILED' });
      stage.before = () => {};
      expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
      expect(stage.versions).toHaveLength(1);
      expect(isVerified(stage.disk.roots)).toBe(true);
    }
  });

  test('uses what another host has put when that one was faster', async () => {
    const other = new CertificateStage();
    await other.converge();
    const [theirs = ''] = other.versions;
    stage.before = (effect) => {
      if (effect === 'put secret') stage.versions = [theirs];
    };
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(stage.versions).toEqual([theirs]);
    expect(stage.list?.text).toBe(other.list?.text);
    expect(isVerified(other.list?.text)).toBe(true);
  });

  test('begins anew when a person has written that there is no authority any more', async () => {
    await stage.converge();
    const { list } = stage;
    stage.versions.push('{"format":1,"authorities":[]}');
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(isVerified(list?.text)).toBe(false);
    expect(isVerified()).toBe(true);
  });

  test('lets a successor be known for 90 days before it signs', async () => {
    await stage.converge();
    const alone = stage.list?.text ?? '';
    stage.pass(2_434);
    await stage.converge();
    const both = stage.list?.text ?? '';
    expect(both.startsWith(alone)).toBe(true);
    expect(both.length).toBeGreaterThan(alone.length);
    for (const days of [0, 60, 29]) {
      stage.pass(days);
      await stage.converge();
      expect(isVerified(alone)).toBe(true);
    }
    stage.pass(1);
    expect(await stage.converge()).toMatchObject({ outcome: 'renewed' });
    expect(isVerified(alone)).toBe(false);
    expect(isVerified(both)).toBe(true);
  });
});

describe('a host that cannot make sure of its certificate', () => {
  test('keeps what is valid until its last moment, and says why', async () => {
    const { expiresAt } = await stage.converge();
    stage.before = outage;
    stage.now = new Date(expiresAt.getTime() - 1);
    expect(await stage.converge()).toMatchObject({
      outcome: 'kept',
      expiresAt,
      warning: { code: 'AWS-FAILED' },
    });
    stage.now = expiresAt;
    await expect(stage.converge()).rejects.toMatchObject({ code: 'AWS-FAILED' });
  });

  test('fails when there is no certificate that it could keep, or no key to it', async () => {
    stage.before = outage;
    await expect(stage.converge()).rejects.toMatchObject({ code: 'AWS-FAILED' });
    stage.before = () => {};
    await stage.converge();
    stage.disk = { ...stage.disk, privateKey: undefined };
    stage.before = outage;
    await expect(stage.converge()).rejects.toMatchObject({ code: 'AWS-FAILED' });
  });

  test('does not touch a secret that it cannot read: fails, or keeps what is valid', async () => {
    await stage.converge();
    const garbled = '{"format":1}';
    stage.versions = [garbled];
    expect(await stage.converge()).toMatchObject({
      outcome: 'kept',
      warning: { code: 'HOST-CERTIFICATE', hint: expect.stringContaining('previous version') },
    });
    stage.loseDisk();
    await expect(stage.converge()).rejects.toMatchObject({ code: 'HOST-CERTIFICATE' });
    expect(stage.versions).toEqual([garbled]);
  });

  test('fails when what it writes is never there afterwards', async () => {
    stage.before = (effect) => {
      if (effect === 'read list') stage.list = undefined;
    };
    await expect(stage.converge()).rejects.toMatchObject({
      code: 'HOST-CERTIFICATE',
      message: expect.stringContaining(REQUEST.caParameter),
    });
  });

  test('stops when it is told to', async () => {
    await stage.converge();
    stage.before = outage;
    const stopped = AbortSignal.abort(new Error('the host shuts down'));
    await expect(convergeCertificates(REQUEST, stage.deps, { signal: stopped })).rejects.toThrow(
      'the host shuts down',
    );
  });
});
