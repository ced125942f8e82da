import { FolderObjectStore } from '../../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { toOpsError } from '../../../../../lib/core/errors/ops-error.ts';
import { sha256 } from '../../../../../lib/core/store/sha256.ts';

/** Runs in a process of its own: `store-caller.ts <verb> <root>`, one line of output per call. */
const [verb = '', root = ''] = process.argv.slice(2);
const NOBODY = 65_534;
const store = new FolderObjectStore(root);
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
  read: async () => store.head('a'),
  list: async () => Array.fromAsync(store.list('')),
  write: async () => put('b'),
  'write-on': async () => {
    for (let index = 0; ; index += 1) print(await put(`wal/${index}`));
  },
};

// Permissions do not bind root.
if (verb !== 'write-on' && process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
try {
  await verbs[verb]?.();
  print('done');
} catch (error) {
  print(toOpsError(error).code);
}

async function put(key: string): Promise<string> {
  const body = Buffer.from(`bytes of ${key}`);
  await store.putIfAbsent(key, body, { plainSha256: sha256(body), epoch: 1 });
  return key;
}
