import type { Check } from './check.ts';
import { ARCHIVING_CHECKS } from './checks/archiving.ts';
import { BACKUP_CHECKS } from './checks/backups.ts';
import { DATA_DIRECTORY_CHECKS } from './checks/data-directory.ts';
import { DATABASE_CHECKS } from './checks/databases.ts';
import { MACHINE_CHECKS } from './checks/machine.ts';
import { ROOM_CHECKS } from './checks/room.ts';
import { SERVER_CHECKS } from './checks/server.ts';
import { SETTINGS_CHECKS } from './checks/settings.ts';
import { SPOOL_CHECKS } from './checks/spool.ts';
import { STORE_CHECKS } from './checks/store.ts';

/** The whole table. */
export const ALL_CHECKS: readonly Check[] = [
  ...MACHINE_CHECKS,
  ...DATA_DIRECTORY_CHECKS,
  ...SERVER_CHECKS,
  ...SETTINGS_CHECKS,
  ...DATABASE_CHECKS,
  ...ARCHIVING_CHECKS,
  ...SPOOL_CHECKS,
  ...STORE_CHECKS,
  ...BACKUP_CHECKS,
  ...ROOM_CHECKS,
];
