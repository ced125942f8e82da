import { HealthMetric } from '../../../lib/core/contract/health-metrics.ts';
import { Metric, type MetricName } from '../../../lib/core/contract/metrics.ts';
import { type EstateSites, estateSources } from '../../../lib/core/health/estate/estate-sources.ts';
import { probeEstate } from '../../../lib/core/health/probe-estate.ts';
import type { MetricHistory, Wanted } from '../../../lib/core/ports/metric-history.ts';
import type { Point } from '../../../lib/core/health/runway/fit-trend.ts';
import { DEPLOYED } from '../../core/health/estate/deployed-vault.ts';
import { configOf } from '../../core/health/estate/estate-stage.ts';
import { after, DUE, runStage } from '../../core/runs/run-stage.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { putSegment, segment } from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Course, Emission, Emissions } from '../run-drill.ts';
import { silence } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const DAY = 1_440;
const DAY_MS = 86_400_000;
/** After so many minutes the same checks are due again. */
const ROUND = 15;

/** What the database’s probe sends of a server that is well: alarms that could explain others are OK. */
const DATABASE_WELL: Emission = {
  [HealthMetric.DATABASE_PROBED]: 1,
  [HealthMetric.DATABASE_UP]: 1,
  [HealthMetric.ARCHIVE_FAILING]: 0,
  [HealthMetric.SLOT_ROOM_PERCENT]: 100,
  [HealthMetric.SLOT_RETAINED_BYTES]: 0,
  [HealthMetric.XMIN_HORIZON_AGE]: 0,
};

/** A metric's past, by how many days ago it was. */
type Past = Readonly<Partial<Record<MetricName, (daysAgo: number) => number>>>;

/** What a cluster's surroundings are like. */
interface World {
  readonly backupMinutes?: number;
  readonly sites?: Partial<EstateSites>;
  readonly past?: Past;
}

/** The past that CloudWatch has of these metrics, reading by reading. */
function historyOf(past: Past): MetricHistory {
  const points = ({ metric, periodSec, spanSec }: Wanted): readonly Point[] => {
    const of = past[metric as MetricName];
    const count = Math.floor(spanSec / periodSec);
    return Array.from({ length: of === undefined ? 0 : count }, (_, step) => {
      const at = new Date(DUE.getTime() - (count - 1 - step) * periodSec * 1_000);
      return { at, value: of?.((DUE.getTime() - at.getTime()) / DAY_MS) ?? 0 };
    });
  };
  return {
    read: async (wanted) =>
      Object.fromEntries(
        Object.entries<Wanted>(wanted).map(([name, one]) => [name, points(one)]),
      ) as never,
  };
}

/** What the estate's probe sends, minute by minute. */
async function probed({
  backupMinutes = -90,
  sites = {},
  past = {},
}: World = {}): Promise<Emissions> {
  const stage = await runStage();
  await putSegment(stage.store, stage.lineage, segment(2));
  await putBackup(stage.store, stage.lineage, { start: 2, finishedAt: after(backupMinutes) });
  const context = stage.context('probe');
  const all: EstateSites = {
    config: configOf(),
    store: stage.store,
    keys: { isUsable: async () => true },
    vault: { read: async () => ({ seen: DEPLOYED, unseen: [] }) },
    history: historyOf(past),
    secrets: {
      ageOf: async (name) => ({ name, isRotated: true, rotatedAt: DUE, dueAt: after(20 * DAY) }),
    },
    clock: stage.clock,
    ...sites,
  };
  const sent: Emission[] = [];
  for (let minute = 0; minute < ROUND; minute += 1) {
    const at = new Date(DUE.getTime() + minute * 60_000);
    await probeEstate(at, { ...context, config: all.config, sources: estateSources(all) });
    sent.push({ ...DATABASE_WELL, ...Object.fromEntries<number>(stage.sent.splice(0)) });
  }
  return (minute) => sent[minute % ROUND] ?? {};
}

/** One world, another, and the one again. */
async function course(ill: World, well: World = {}): Promise<Course> {
  const good = await probed(well);
  return { well: good, ill: await probed(ill), mended: good };
}

drill('BackupMissed', 'page', async () => course({ backupMinutes: -3 * DAY }));

drill('KeyUnusable', 'page', async () =>
  course({ sites: { keys: { isUsable: async () => false } } }),
);

drill('EstateSilent', 'page', async () => {
  const well = await probed();
  return { well, ill: silence, mended: well };
});

drill('VaultDrifted', 'page', async () => {
  const seen = { ...DEPLOYED, versioned: false };
  return course({ sites: { vault: { read: async () => ({ seen, unseen: [] }) } } });
});

drill('SecretOverdue', 'page', async () => {
  const secrets: EstateSites['secrets'] = {
    ageOf: async (name) => ({
      name,
      isRotated: true,
      rotatedAt: after(-40 * DAY),
      dueAt: after(-3 * DAY),
    }),
  };
  return course({ sites: { secrets } });
});

drill('RetentionRunway', 'page', async () => course({ backupMinutes: -34 * DAY }));

/** A value that comes to `newest` by so much a day. */
const towards =
  (newest: number, perDay: number) =>
  (daysAgo: number): number =>
    newest - perDay * daysAgo;

/** Each runway: its metric's past while there is no end in sight, and when it comes fast. */
const RUNWAYS = [
  ['DiskRunway', Metric.DATA_VOLUME_FREE_PERCENT, towards(60, 0), towards(15, -40)],
  ['SlotRunway', Metric.SLOT_ROOM_PERCENT, towards(90, 0), towards(20, -400)],
  ['XidRunway', Metric.XID_AGE, towards(1e8, 0), towards(1.6e9, 1e8)],
  ['MultixactRunway', Metric.MULTIXACT_PERCENT, towards(1e-6, 0), towards(70, 5)],
  ['SequenceRunway', Metric.SEQUENCE_PERCENT, towards(10, 0), towards(80, 4)],
  ['ConnectionRunway', Metric.CONNECTIONS_PERCENT, towards(20, 0), towards(80, 40)],
] as const;

for (const [id, metric, steady, fast] of RUNWAYS) {
  drill(id, 'page', async () =>
    course(
      { past: { [metric]: fast, [Metric.FREEZE_PERCENT]: () => 120 } },
      { past: { [metric]: steady, [Metric.FREEZE_PERCENT]: () => 5 } },
    ),
  );
}

/** As at this hour on every day before; within the last hour it is another. */
const changed =
  (usual: number, now: number) =>
  (daysAgo: number): number =>
    daysAgo < 1 / 48 ? now : usual;

drill('WalSurge', 'ticket', async () =>
  course(
    { past: { [Metric.WAL_BYTES_PER_SEC]: changed(5e6, 1e8) } },
    { past: { [Metric.WAL_BYTES_PER_SEC]: changed(5e6, 5e6) } },
  ),
);

drill('CommitsCollapsed', 'page', async () =>
  course(
    { past: { [Metric.COMMITS_PER_MIN]: changed(6_000, 30) } },
    { past: { [Metric.COMMITS_PER_MIN]: changed(6_000, 5_900) } },
  ),
);
