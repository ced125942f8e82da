import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import * as tampering from '../../support/store-tampering.ts';
import type { Scene } from './operator-cluster.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

/** Flips one bit in the middle of an object's stored bytes. */
export async function flipBit({ store }: Scene, key: string): Promise<void> {
  await tampering.flipBit(store, key);
}

/** Takes an object away, as no program of ours could. */
export async function removeObject({ store }: Scene, key: string): Promise<void> {
  await tampering.removeObject(store, key);
}

/** Makes a hole that nobody is filling any more: what stands behind it came long ago. */
export async function makeGap(scene: Scene, missing: string, behind: string): Promise<void> {
  const { keys } = scene.lineage;
  await removeObject(scene, keys.wal(missing));
  await utimes(join(scene.storeDirectory, keys.wal(behind)), LONG_AGO, LONG_AGO);
}

/** Puts a whole record in the place of another, with hashes of its own. */
export async function rewriteRecord(
  scene: Scene,
  key: string,
  change: (record: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const record = JSON.parse(await readFile(join(scene.storeDirectory, key), 'utf8')) as Record<
    string,
    unknown
  >;
  await removeObject(scene, key);
  await putSealed(scene.store, key, Buffer.from(JSON.stringify(change(record))), { epoch: 1 });
}
