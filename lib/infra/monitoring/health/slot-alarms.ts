import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const GIB = 1_073_741_824;
const WHO_KEEPS_WAL =
  'SELECT slot_name, active, wal_status, safe_wal_size, restart_lsn FROM pg_replication_slots ORDER BY restart_lsn';

/** Alarms that say who keeps WAL from going, before the volume is full or the slot is lost. */
export function slotAlarms(watched: Watched): readonly AlarmRow[] {
  const { health, volume } = watched.cluster;
  const { slotRoomPercent, slotRetainedPercent, slotDaysLeft } = health.thresholds;
  const retainedBytes = Math.round((volume.sizeGiB * GIB * slotRetainedPercent.page) / 100);
  return gaugeAlarms(watched, { tier: 'A', group: 'slots', severity: 'page' }, [
    {
      id: 'SlotNearlyLost',
      says: 'a replication slot has used up nearly all WAL that it may keep: then it is lost',
      look: WHO_KEEPS_WAL,
      metric: HealthMetric.SLOT_ROOM_PERCENT,
      bad: below(slotRoomPercent.page),
      of: [2, 2],
    },
    {
      id: 'SlotRetainsMuch',
      says: 'a replication slot keeps so much WAL that it takes a large share of the data volume',
      look: WHO_KEEPS_WAL,
      metric: HealthMetric.SLOT_RETAINED_BYTES,
      bad: above(retainedBytes),
      of: [5, 5],
    },
    {
      id: 'SlotRunway',
      says: 'by its trend a replication slot will soon be lost',
      look: WHO_KEEPS_WAL,
      metric: HealthMetric.SLOT_DAYS_LEFT,
      bad: below(slotDaysLeft.page),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
  ]);
}
