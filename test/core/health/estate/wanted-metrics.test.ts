import { describe, expect, test } from 'vitest';
import {
  functionMetrics,
  newestMetrics,
  pastMetrics,
  rateMetrics,
} from '../../../../lib/core/health/estate/wanted-metrics.ts';
import type { Wanted } from '../../../../lib/core/ports/metric-history.ts';
import { configOf } from './estate-stage.ts';

const HOUR_SEC = 3_600;
/** What is read at all, by the call. */
const ALL: readonly Wanted[] = [
  newestMetrics(configOf()),
  pastMetrics(configOf()),
  rateMetrics(configOf()),
  functionMetrics(['orders-notify']),
].flatMap((wanted) => Object.values<Wanted>(wanted));

describe('what the probe of the estate reads of metrics', () => {
  test('is as many as its cost is counted by', () => {
    expect(Object.keys(newestMetrics(configOf()))).toHaveLength(25);
    expect(Object.keys(pastMetrics(configOf()))).toHaveLength(10);
    expect(Object.keys(rateMetrics(configOf()))).toHaveLength(4);
    expect(Object.keys(functionMetrics(['a', 'b']))).toHaveLength(4);
  });

  test('keeps to what CloudWatch gives: whole minutes, at most 300 points of each', () => {
    for (const { periodSec, spanSec } of ALL) {
      expect(periodSec % 60).toBe(0);
      expect(spanSec / periodSec).toBeLessThanOrEqual(300);
      expect(spanSec).toBeLessThanOrEqual(8 * 24 * HOUR_SEC);
    }
  });

  test('names its own metrics as they are published, and the log’s without a dimension', () => {
    const { ArchiveGaps, CorruptionErrors } = newestMetrics(configOf());
    expect(ArchiveGaps).toMatchObject({
      namespace: 'Holdfast',
      dimensions: { service: 'holdfast', Environment: 'prod', Cluster: 'orders' },
    });
    expect(CorruptionErrors).toMatchObject({ namespace: 'Holdfast/prod/orders', dimensions: {} });
  });

  test('finds a volume on whichever instance it is, and a host by its group', () => {
    const { VolumeStalledIOCheck, CPUUtilization } = newestMetrics(configOf());
    expect(VolumeStalledIOCheck).toMatchObject({
      namespace: 'AWS/EBS',
      dimensions: { VolumeId: 'vol-1' },
      otherDimensions: 'any',
    });
    expect(CPUUtilization).toMatchObject({
      namespace: 'AWS/EC2',
      dimensions: { AutoScalingGroupName: 'orders-host' },
    });
  });
});
