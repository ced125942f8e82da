import { archiveCommandRow } from './archive-command.ts';
import { backupRow } from './backup.ts';
import { catalogueRow } from './catalogue.ts';
import { drainRow } from './drain.ts';
import { healthRow } from './health.ts';
import { loadRow } from './load.ts';
import { memoryRow } from './memory.ts';
import { replayRow } from './replay.ts';
import { restoreRow } from './restore.ts';
import { s3Row } from './s3.ts';
import type { Row, RowName } from './row.ts';

/** What each name stands for. */
export const ALL_ROWS: Readonly<Record<RowName, Row>> = {
  drain: drainRow,
  'archive-command': archiveCommandRow,
  backup: backupRow,
  restore: restoreRow,
  replay: replayRow,
  load: loadRow,
  memory: memoryRow,
  catalogue: catalogueRow,
  s3: s3Row,
  health: healthRow,
};
