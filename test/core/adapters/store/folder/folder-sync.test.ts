import { describe, expect, test } from 'vitest';
import { FolderSync } from '../../../../../lib/core/adapters/store/folder/folder-sync.ts';

/** Syncs of folders below `/root`, each known by what `identities` says of it at that time. */
function recordedSyncs(identities: Map<string, string>): { folders: FolderSync; synced: string[] } {
  const synced: string[] = [];
  const folders = new FolderSync('/root', async (path) => {
    synced.push(path);
    return identities.get(path) ?? 'the first';
  });
  return { folders, synced };
}

describe('FolderSync', () => {
  test('syncs all folders above one that it meets for the first time, and then that one alone', async () => {
    const { folders, synced } = recordedSyncs(new Map());
    await folders.sync('/root/a/b');
    expect(synced.splice(0)).toEqual(['/root/a/b', '/root/a', '/root']);
    await folders.sync('/root/a/b');
    expect(synced.splice(0)).toEqual(['/root/a/b']);
  });

  test('stops at a folder above whose own name is durable', async () => {
    const { folders, synced } = recordedSyncs(new Map());
    await folders.sync('/root/a/b');
    synced.splice(0);
    await folders.sync('/root/a/c');
    expect(synced).toEqual(['/root/a/c', '/root/a']);
  });

  test('does not take a folder for the one whose place it has taken', async () => {
    const identities = new Map<string, string>();
    const { folders, synced } = recordedSyncs(identities);
    await folders.sync('/root/a');
    synced.splice(0);
    identities.set('/root/a', 'another');
    await folders.sync('/root/a');
    expect(synced).toEqual(['/root/a', '/root']);
  });

  test('remembers nothing of a folder above which one could not be synced', async () => {
    let isBroken = true;
    const synced: string[] = [];
    const folders = new FolderSync('/root', async (path) => {
      synced.push(path);
      if (path === '/root' && isBroken) throw new Error('no fsync');
      return 'the first';
    });
    await expect(folders.sync('/root/a')).rejects.toThrow('no fsync');
    isBroken = false;
    await folders.sync('/root/a');
    expect(synced.slice(-2)).toEqual(['/root/a', '/root']);
  });
});
