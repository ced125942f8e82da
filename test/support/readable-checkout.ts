import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { CHECKOUT_VARIABLE, HOLDFAST } from './checkout.ts';

const OWN = resolve(import.meta.dirname, '../..');
/** What the programs of a test need of the checkout. */
const PARTS = ['bin', 'lib', 'test/model', 'test/support', 'package.json', 'node_modules'];

/**
 * Tests that run as root start programs as PostgreSQL's account too, as an operator would. A checkout
 * in root's own home is out of its reach, so those programs are then started from a copy.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const owner = serverOwner();
  if (owner === undefined) return undefined;
  const { exitCode } = await execa('test', ['-r', HOLDFAST], { ...owner, cwd: '/', reject: false });
  if (exitCode === 0) return undefined;
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-checkout-'));
  await execa('chmod', ['0755', copy]);
  for (const part of PARTS) {
    await cp(join(OWN, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
  process.env[CHECKOUT_VARIABLE] = copy;
  return async () => rm(copy, { recursive: true, force: true });
}
