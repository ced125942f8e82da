import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const BUNDLE = resolve(import.meta.dirname, '../../../lib/infra/host/bundle');
/** Where a host has its things, and where this one has them. */
const PLACES = { '/etc/holdfast': 'etc', '/var/lib/holdfast': 'state', '/run/holdfast': 'run' };
const OLD = '7300000000000000001-17';
const NEW = '7300000000000000002-18';
const IMAGE = '111111111111.dkr.ecr.eu-central-1.amazonaws.com/assets:new';
/** Notes each call; has the images of a list; an upgrade leaves the marker that the test wants. */
const DOCKER = `
echo "docker $*" >>"$HOST/calls"
case "$1 $2" in
  'image inspect') for last; do :; done; grep -qx "$last" "$HOST/images" ;;
  'pull --quiet') echo "$3" >>"$HOST/images" ;;
  'build --quiet') echo "$4" >>"$HOST/images"; cat >"$HOST/dockerfile" ;;
  'run --rm') [ ! -e "$HOST/becomes" ] || cp "$HOST/becomes" "$HOST/state/volume/marker.json"; exit "$(cat "$HOST/status")" ;;
esac`;
const AWS = `
echo "aws $*" >>"$HOST/calls"
case "$1" in ssm) cat "$HOST/config" ;; esac`;
const SYSTEMCTL = 'grep -qx "$3" "$HOST/active"';

let host: string;

function put(path: string, text: string): void {
  writeFileSync(join(host, path), text);
}

function get(path: string): string {
  return readFileSync(join(host, path), 'utf8');
}

function mark(lineage: string, path = 'state/volume/marker.json'): void {
  put(path, `${JSON.stringify({ format: 1, environment: 'prod', cluster: 'orders', lineage })}\n`);
}

/** A configuration that names `major`. */
function deploy(major: number, more: Readonly<Record<string, string>> = {}): void {
  const config = { cluster: 'orders', image: IMAGE, major, store: 's3://bucket', kmsKey: 'key' };
  put('config', JSON.stringify({ ...config, volumeId: 'vol-0123456789abcdef0', ...more }));
}

function putSpool(name: string, lineage: string): void {
  mkdirSync(join(host, 'state', name));
  put(`state/${name}/identity`, `${lineage.split('-')[0]}\n`);
}

async function upgrade(...words: readonly string[]) {
  const env = { HOST: host, PATH: `${join(host, 'bin')}:/usr/bin:/bin` };
  const { exitCode, stderr } = await execa('sh', [join(host, 'bundle/upgrade'), ...words], {
    env,
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stderr };
}

/** Calls of docker that begin with `word`. */
function calls(word: string): readonly string[] {
  return get('calls')
    .split('\n')
    .filter((call) => call.startsWith(`docker ${word}`));
}

function spools(): readonly string[] {
  return readdirSync(join(host, 'state'))
    .filter((name) => name.startsWith('spool'))
    .sort();
}

describe("the host's program for an upgrade", () => {
  beforeEach(() => {
    host = mkdtempSync(join(tmpdir(), 'holdfast-upgrade-'));
    for (const folder of ['etc', 'run', 'bin', 'bundle', 'state', 'state/volume']) {
      mkdirSync(join(host, folder));
    }
    for (const name of ['upgrade', 'upgrade.Dockerfile', 'host.sh', 'image.sh']) {
      const text = Object.entries(PLACES).reduce(
        (script, [from, to]) => script.replaceAll(from, join(host, to)),
        readFileSync(join(BUNDLE, name), 'utf8'),
      );
      put(`bundle/${name}`, text);
    }
    for (const [name, text] of Object.entries({ docker: DOCKER, aws: AWS, systemctl: SYSTEMCTL })) {
      put(`bin/${name}`, `#!/bin/sh\n${text}\n`);
      chmodSync(join(host, 'bin', name), 0o755);
    }
    put('etc/host.env', 'AWS_REGION=eu-central-1\nHOLDFAST_PARAMETERS=/holdfast/prod/orders\n');
    for (const name of ['calls', 'active']) put(name, '');
    put('images', 'holdfast:current\n');
    put('status', '0\n');
    mark(OLD);
    deploy(18);
    putSpool('spool', OLD);
  });
  afterEach(() => rmSync(host, { recursive: true, force: true }));

  test.each(['holdfast-postgres.service', 'holdfast-agent.service'])(
    'does nothing while %s runs',
    async (unit) => {
      put('active', `${unit}\n`);
      const { exitCode, stderr } = await upgrade('--execute');
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining('RESTORE-IN-USE'),
      });
      expect(get('calls')).toBe('');
    },
  );

  test('makes the image of the one that runs and the one that is deployed, without a context', async () => {
    expect(await upgrade()).toMatchObject({ exitCode: 0 });
    const [build = ''] = calls('build');
    for (const arg of [`NEW_IMAGE=${IMAGE}`, 'OLD_IMAGE=holdfast:current', 'OLD_MAJOR=17']) {
      expect(build).toContain(`--build-arg ${arg}`);
    }
    expect(build).toMatch(/ -$/);
    expect(get('dockerfile')).toContain('COPY --from=old /usr/lib/postgresql/${OLD_MAJOR}');
    const [run = ''] = calls('run');
    expect(run).toMatch(/ holdfast:upgrade holdfast upgrade --volume \S+$/);
    expect(run).toContain('--cap-drop=ALL');
    expect(run).toContain('HOLDFAST_STORE=s3://bucket');
    expect(run).not.toContain('HOLDFAST_ENVELOPE_KEY');
    expect(spools()).toEqual(['spool']);
  });

  test('is told the key of an archive that is sealed', async () => {
    deploy(18, { envelopeKey: 'alias/orders' });
    expect(await upgrade()).toMatchObject({ exitCode: 0 });
    expect(calls('run')[0]).toContain('--env=HOLDFAST_ENVELOPE_KEY=alias/orders');
  });

  test('gives the new server room for a spool of its own, and keeps that of the old one', async () => {
    mark(NEW, 'becomes');
    expect(await upgrade('--execute', '--mode', 'copy')).toMatchObject({ exitCode: 0 });
    expect(calls('run')[0]).toMatch(/--execute --mode copy$/);
    expect(spools()).toEqual([`spool.${OLD.split('-')[0]}`]);
  });

  test('killed before it saw to the spool, it does so the next time, and builds nothing', async () => {
    mark(NEW);
    put('images', 'holdfast:current\nholdfast:upgrade\n');
    expect(await upgrade('--execute')).toMatchObject({ exitCode: 0 });
    expect(calls('build')).toEqual([]);
    expect(spools()).toEqual([`spool.${OLD.split('-')[0]}`]);
  });

  test('has nothing to do on a host that is of the deployed version', async () => {
    mark(NEW);
    const { exitCode, stderr } = await upgrade();
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('HOST-COMMAND'),
    });
    expect(calls('run')).toEqual([]);
  });

  test('takes back with whatever image there is, and exchanges the spools', async () => {
    mark(NEW);
    deploy(17);
    mark(OLD, 'becomes');
    rmSync(join(host, 'state/spool'), { recursive: true });
    putSpool('spool', NEW);
    putSpool(`spool.${OLD.split('-')[0]}`, OLD);
    expect(await upgrade('--rollback', '--execute')).toMatchObject({ exitCode: 0 });
    expect(calls('run')[0]).toContain(' holdfast:current holdfast upgrade ');
    expect(calls('build')).toEqual([]);
    expect(spools()).toEqual(['spool', `spool.${NEW.split('-')[0]}`]);
    expect(get('state/spool/identity').trim()).toBe(OLD.split('-')[0]);
  });

  test("ends as the upgrade does, with the spool in the server's hands that has the place", async () => {
    put('status', '100\n');
    expect(await upgrade('--execute')).toMatchObject({ exitCode: 100 });
    expect(spools()).toEqual(['spool']);
  });
});
