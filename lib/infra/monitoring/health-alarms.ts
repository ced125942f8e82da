import type { AlarmRow } from './alarm-row.ts';
import { archivingAlarms } from './health/archiving-alarms.ts';
import { durabilityAlarms } from './health/durability-alarms.ts';
import { endingAlarms } from './health/ending-alarms.ts';
import { freezingAlarms } from './health/freezing-alarms.ts';
import { machineAlarms, volumeLimitAlarms } from './health/machine-alarms.ts';
import { monitorAlarms } from './health/monitor-alarms.ts';
import { outageAlarms } from './health/outage-alarms.ts';
import { slotAlarms } from './health/slot-alarms.ts';
import { upkeepAlarms } from './health/upkeep-alarms.ts';
import { workloadAlarms } from './health/workload-alarms.ts';
import type { Watched } from './watched.ts';

/** Alarms about what the probes see of a cluster, by what is at stake. */
export function healthAlarms(watched: Watched): readonly AlarmRow[] {
  return [
    ...archivingAlarms(watched),
    ...durabilityAlarms(watched),
    ...slotAlarms(watched),
    ...freezingAlarms(watched),
    ...outageAlarms(watched),
    ...endingAlarms(watched),
    ...machineAlarms(watched),
    ...volumeLimitAlarms(watched),
    ...workloadAlarms(watched),
    ...upkeepAlarms(watched),
    ...monitorAlarms(watched),
  ];
}
