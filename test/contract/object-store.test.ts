import { createSecretKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileDataKeys } from '../../lib/core/adapters/store/envelope/file-data-keys.ts';
import { withEnvelope } from '../../lib/core/adapters/store/envelope/with-envelope.ts';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { writeKeyFile } from '../support/key-file.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { expiryContract, hiddenContract, hideAt } from './store-hidden.contract.ts';
import type { OpenStore } from './store-helpers.ts';

const ADAPTERS: readonly (readonly [string, OpenStore])[] = [
  ['memory', async () => new MemoryObjectStore()],
  ['memory with deadlines', async () => withDeadlines(new MemoryObjectStore())],
  ['folder', async () => new FolderObjectStore(await temporaryFolder())],
  ['folder by URL', async () => openObjectStore(pathToFileURL(await temporaryFolder()))],
];
const HIDDEN_AT = new Date(Date.UTC(2026, 10, 20));

const keys = fileDataKeys([{ id: 'test/1', secret: createSecretKey(randomBytes(32)) }], '/key');
const SEALED: readonly (readonly [string, OpenStore])[] = [
  ['sealed memory', async () => withEnvelope(new MemoryObjectStore(), keys)],
  [
    'sealed folder by URL',
    async () => {
      const folder = await temporaryFolder();
      const envelopeKey = await writeKeyFile(join(await temporaryFolder(), 'key'));
      return openObjectStore(pathToFileURL(folder), { envelopeKey });
    },
  ],
];

for (const [name, open] of [...ADAPTERS, ...SEALED]) {
  objectStoreContract(name, open);
  hiddenContract(name, open, hideAt(HIDDEN_AT));
  expiryContract(name, open);
}
