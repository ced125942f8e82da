import { pathToFileURL } from 'node:url';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import { temporaryFolder } from '../support/folders.ts';
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

for (const [name, open] of ADAPTERS) {
  objectStoreContract(name, open);
  hiddenContract(name, open, hideAt(HIDDEN_AT));
  expiryContract(name, open);
}
