import { pathToFileURL } from 'node:url';
import { FolderObjectStore } from '../../lib/core/adapters/store/folder/folder-object-store.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { withDeadlines } from '../../lib/core/adapters/store/with-deadlines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { objectStoreContract } from './object-store.contract.ts';

objectStoreContract('memory', async () => new MemoryObjectStore());
objectStoreContract('memory with deadlines', async () => withDeadlines(new MemoryObjectStore()));
objectStoreContract('folder', async () => new FolderObjectStore(await temporaryFolder()));
objectStoreContract('folder by URL', async () =>
  openObjectStore(pathToFileURL(await temporaryFolder())),
);
