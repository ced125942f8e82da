import type { AlarmRow } from './alarm-row.ts';
import { archiveAlarms } from './archive-alarms.ts';
import { backupAlarms } from './backup-alarms.ts';
import { copyAlarms } from './copy-alarms.ts';
import { guardAlarms } from './guard-alarms.ts';
import { healthAlarms } from './health-alarms.ts';
import { machineryAlarms } from './machinery-alarms.ts';
import { poolerAlarms } from './pooler-alarms.ts';
import type { Watched } from './watched.ts';

/** Every alarm of a cluster, but those in the region of its copy. */
export function allAlarms(watched: Watched): readonly AlarmRow[] {
  return [
    ...backupAlarms(watched),
    ...archiveAlarms(watched),
    ...copyAlarms(watched),
    ...guardAlarms(watched),
    ...poolerAlarms(watched),
    ...machineryAlarms(watched),
    ...healthAlarms(watched),
  ];
}
