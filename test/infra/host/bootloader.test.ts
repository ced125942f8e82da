import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { type BootingHost, bootingHost } from '../support/booting-host.ts';

const READ =
  'eu-central-1 ssm get-parameter --name /holdfast/prod/orders/host-bundle --query Parameter.Value --output text';
const DOWNLOAD = expect.stringMatching(
  /^eu-central-1 s3 cp --only-show-errors s3:\/\/assets\/bundle\.tar \S+\/bundle-[0-9a-f]{64}\.tar$/,
);
const SHA256 = 'a'.repeat(64);

let host: BootingHost;

beforeEach(async () => {
  host = await bootingHost(await temporaryFolder());
});

describe('the bootloader', () => {
  test('asks which bundle it is to be, fetches it, and runs its boot', async () => {
    await host.parameter(await host.bundle());
    expect(await host.boot()).toEqual({ status: 0, said: '' });
    expect(await host.calls()).toEqual([READ, DOWNLOAD]);
    expect(await host.booted()).toEqual([join(host.home, 'current')]);
  });

  test('hands over to boot altogether: its exit status and its words are the launch’s', async () => {
    await host.parameter(await host.bundle('echo the volume is not there >&2; exit 7'));
    expect(await host.boot()).toEqual({ status: 7, said: 'the volume is not there' });
  });

  test('never runs a bundle of another hash than the parameter says, and says so in the end', async () => {
    await host.parameter(await host.bundle());
    await host.download({ bytes: 'other bytes' });
    expect(await host.boot()).toEqual({
      status: 1,
      said: 'holdfast: gave up after 4 attempts: download',
    });
    expect(await host.calls()).toEqual([READ, DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD]);
    expect(await host.booted()).toEqual([]);
  });

  test('waits for a parameter that is not there yet', async () => {
    await host.parameter(await host.bundle(), 3);
    expect((await host.boot()).status).toBe(0);
    expect(await host.calls()).toEqual([READ, READ, READ, READ, DOWNLOAD]);
    expect(await host.booted()).toHaveLength(1);
  });

  test('tries a download again that was cut short', async () => {
    await host.parameter(await host.bundle());
    await host.download({ failures: 2 });
    expect((await host.boot()).status).toBe(0);
    expect(await host.calls()).toEqual([READ, DOWNLOAD, DOWNLOAD, DOWNLOAD]);
  });

  test('gives up on a parameter that never comes, after as many attempts as it may make', async () => {
    await host.parameter('', 1_000);
    expect(await host.boot()).toEqual({
      status: 1,
      said: 'holdfast: gave up after 4 attempts: read_parameter',
    });
    expect(await host.calls()).toEqual([READ, READ, READ, READ]);
  });

  test.each([
    ['nothing', ''],
    ["the CLI's word for nothing", 'None'],
    ['a place alone', 's3://assets/bundle.tar'],
    ['a hash alone', SHA256],
    ['a hash that is too short', `s3://assets/bundle.tar ${SHA256.slice(1)}`],
    ['a hash that is too long', `s3://assets/bundle.tar ${SHA256}a`],
    ['a hash in capitals', `s3://assets/bundle.tar ${SHA256.toUpperCase()}`],
    ['a path for a hash', `s3://assets/bundle.tar ../../etc/${SHA256.slice(10)}`],
    ['a command for a hash', `s3://assets/bundle.tar $(touch owned)`],
    ['a place elsewhere', `https://example.com/bundle.tar ${SHA256}`],
    ['a word too many', `s3://assets/bundle.tar x ${SHA256}`],
    ['two lines', `s3://assets/bundle.tar ${SHA256}\ns3://assets/other.tar ${SHA256}`],
  ])('refuses a parameter that holds %s, at once', async (_, value) => {
    await host.parameter(value);
    const { status, said } = await host.boot();
    expect(status).toBe(1);
    expect(said).toMatch(
      /^holdfast: \/holdfast\/prod\/orders\/host-bundle (names no bundle|has no SHA-256): /,
    );
    expect(await host.calls()).toEqual([READ]);
    expect(await host.booted()).toEqual([]);
  });

  test('does the same once more when it is run again', async () => {
    const reference = await host.bundle();
    for (const run of [1, 2]) {
      await host.parameter(reference);
      expect(await host.boot()).toEqual({ status: 0, said: '' });
      expect(await host.booted()).toHaveLength(run);
    }
    const sha256 = reference.split(' ')[1];
    expect(await readlink(join(host.home, 'current'))).toBe(join(host.home, `bundle-${sha256}`));
  });

  test('runs the bundle that is named now, not the one of last time', async () => {
    const first = await host.bundle('echo first');
    await host.parameter(first);
    expect((await host.boot()).said).toBe('first');
    const second = await host.bundle('echo second');
    await host.parameter(second);
    expect((await host.boot()).said).toBe('second');
    expect(second).not.toBe(first);
  });

  test('stays with the bundle of last time when the new one does not come', async () => {
    const first = await host.bundle();
    await host.parameter(first);
    await host.boot();
    await host.parameter(`s3://assets/bundle.tar ${SHA256}`);
    expect((await host.boot()).status).toBe(1);
    expect(await readlink(join(host.home, 'current'))).toContain(first.split(' ')[1]);
  });

  test('installs the AWS CLI on a machine that has none, and waits for the network', async () => {
    await host.withoutCli(2);
    await host.parameter(await host.bundle());
    expect((await host.boot()).status).toBe(0);
    const install = '- dnf install -y -q awscli-2';
    expect(await host.calls()).toEqual([install, install, install, READ, DOWNLOAD]);
  });
});
