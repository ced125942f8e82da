import { join } from 'node:path';
import type { ReplaceOptions } from '../../../ports/object-store.ts';
import { leaseLost } from '../store-refusals.ts';
import { findObject } from './folder-lookup.ts';
import { discard, forgetSidecar, stage } from './folder-stage.ts';
import type { FolderSync } from './folder-sync.ts';
import { linkVersion, versionEtag } from './folder-versions.ts';

/**
 * Puts `body` in place of what has the given etag, durably.
 *
 * @returns the new etag.
 * @throws {@link OpsError} `STORE-LEASE` when something else is there by now.
 */
export async function replaceObject(
  root: string,
  folders: FolderSync,
  key: string,
  body: Uint8Array,
  { ifMatch, signal }: ReplaceOptions,
): Promise<string> {
  const standing = await findObject(root, key);
  if (standing?.etag !== ifMatch) throw leaseLost(key);
  const staged = await stage(root, [body], signal);
  try {
    await forgetSidecar(root, staged);
    const current = standing?.version;
    const version = await linkVersion(root, folders, join(root, key), current, staged);
    if (version === undefined) throw leaseLost(key);
    return versionEtag(version);
  } finally {
    await discard(root, staged);
  }
}
