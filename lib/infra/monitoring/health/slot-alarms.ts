import { slotRetainedBounds, slotWalLimit } from '../../../core/config/slot-wal.ts';
import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const GIB = 1_073_741_824;
const WHO_KEEPS_WAL =
  'SELECT slot_name, active, wal_status, safe_wal_size, restart_lsn FROM pg_replication_slots ORDER BY restart_lsn';

/** Alarms that say who keeps WAL from going, before the volume is full or the slot is lost. */
export function slotAlarms(watched: Watched): readonly AlarmRow[] {
  const { health, volume, postgres } = watched.cluster;
  const { slotRoomPercent, slotRetainedPercent, slotDaysLeft } = health.thresholds;
  const volumeBytes = volume.sizeGiB * GIB;
  const limitBytes = slotWalLimit(postgres.settings, volumeBytes);
  const retained = slotRetainedBounds(slotRetainedPercent, { volumeBytes, limitBytes });
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
      says: 'a replication slot keeps most of the WAL that it may, or a large share of the data volume',
      look: WHO_KEEPS_WAL,
      metric: HealthMetric.SLOT_RETAINED_BYTES,
      bad: above(retained.page),
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
