import { describe, expect, test } from 'vitest';
import {
  type DataDirectoryState,
  planStart,
  type StartPlan,
} from '../../../../lib/core/host/volume/plan-start.ts';
import type { VolumeWord } from '../../../../lib/core/host/volume/judge-blank-volume.ts';
import type { VolumeMarker } from '../../../../lib/core/host/volume/volume-marker.ts';

const MARKER: VolumeMarker = {
  format: 1,
  environment: 'prod',
  cluster: 'orders',
  begun: 'initdb',
};
const LINEAGE = '7311111111111111111-18';
const WHOLE: VolumeMarker = { ...MARKER, lineage: LINEAGE };
const CLUSTER: DataDirectoryState = {
  kind: 'cluster',
  systemIdentifier: '7311111111111111111',
  major: 18,
};

function plan(
  marker: VolumeMarker,
  data: DataDirectoryState,
  { word = 'none', major = 18 }: { readonly word?: VolumeWord; readonly major?: number } = {},
): StartPlan {
  const config = { environment: 'prod', cluster: 'orders' };
  return planStart({ config, marker, data, major, word });
}

describe('planStart', () => {
  test('starts the cluster that the marker names', () => {
    expect(plan(WHOLE, CLUSTER)).toEqual({ next: 'start' });
  });

  test('records a cluster that has just become whole', () => {
    expect(plan(MARKER, CLUSTER)).toEqual({ next: 'start', marker: WHOLE });
  });

  test.each(['initdb', 'recover'] as const)('goes on with %s that was broken off', (begun) => {
    expect(plan({ ...MARKER, begun }, { kind: 'absent' })).toEqual({ next: begun });
  });

  test('goes on with a recovery that has begun to write', () => {
    expect(plan({ ...MARKER, begun: 'recover' }, { kind: 'unfinished' })).toEqual({
      next: 'recover',
    });
  });

  test.each(['absent', 'unfinished'] as const)(
    'fails when what was whole is %s now, until a person says that it is lost',
    (kind) => {
      expect(() => plan(WHOLE, { kind })).toThrow(
        expect.objectContaining({ code: 'HOST-LOST-DATA' }),
      );
      expect(plan(WHOLE, { kind }, { word: 'recover' })).toEqual({
        next: 'recover',
        marker: { ...MARKER, begun: 'recover' },
      });
    },
  );

  test.each([
    ['another environment', { ...WHOLE, environment: 'dev' }, CLUSTER, 18],
    ['another cluster', { ...WHOLE, cluster: 'bills' }, CLUSTER, 18],
    ['another lineage', { ...WHOLE, lineage: '7322222222222222222-18' }, CLUSTER, 18],
    ['another version than the image', WHOLE, CLUSTER, 17],
    ['something else', WHOLE, { kind: 'other' } as const, 18],
  ])('fails for a volume of %s', (_, marker, data, major) => {
    expect(() => plan(marker, data, { major, word: 'recover' })).toThrow(
      expect.objectContaining({
        code: 'HOST-VOLUME',
        hint: expect.stringContaining('nothing was changed'),
      }),
    );
  });
});
