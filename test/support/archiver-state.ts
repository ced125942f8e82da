import type { ArchiverState } from '../../lib/core/ports/cluster-server.ts';

/** What a server says that has neither archived anything nor failed to. */
export const NEVER_ARCHIVED: ArchiverState = {
  archivedCount: 0,
  lastArchivedFile: undefined,
  lastArchivedAt: undefined,
  failedCount: 0,
  lastFailedFile: undefined,
  lastFailedAt: undefined,
};
