import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasEngine } from '../container/engine.ts';
import { hasMotoServer } from '../support/moto-server.ts';

/** How to get what these tests need, for the titles of tests that were not run. */
export const GET_MACHINE =
  'root, moto_server, and apt-get install systemd docker.io docker-registry iptables iproute2 e2fsprogs xfsprogs curl debootstrap util-linux';
const PROGRAMS = [
  'systemctl',
  'docker-registry',
  'losetup',
  'mkfs.ext4',
  'mkfs.xfs',
  'nsenter',
  'curl',
];

/** Whether machines can be started here. In CI they must: a test that never runs proves nothing. */
export function hasMachine(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const missing = PROGRAMS.filter((name) => !folders.some((at) => existsSync(join(at, name))));
  if (missing.length === 0) return hasEngine() && hasMotoServer();
  if (process.env['CI'] !== 'true') return false;
  throw new Error(`CI boots hosts, which takes ${GET_MACHINE}; not here: ${missing.join(', ')}`);
}
