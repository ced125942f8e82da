import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  markerText,
  parseMarker,
  type VolumeMarker,
} from '../../../../lib/core/host/volume/volume-marker.ts';

const markers: fc.Arbitrary<VolumeMarker> = fc.record(
  {
    format: fc.constant(1 as const),
    environment: fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/),
    cluster: fc.stringMatching(/^[a-z][a-z0-9-]{1,30}$/),
    begun: fc.constantFrom('initdb' as const, 'recover' as const),
    lineage: fc.stringMatching(/^\d{1,19}-\d\d$/),
  },
  { requiredKeys: ['format', 'environment', 'cluster', 'begun'] },
);

describe('a marker', () => {
  test('is read as it was written, from one line', () => {
    fc.assert(
      fc.property(markers, (marker) => {
        expect(markerText(marker)).not.toContain('\n');
        expect(parseMarker(`${markerText(marker)}\n`)).toEqual(marker);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['half a line', '{"format":1,"environm'],
    ['a higher format', '{"format":2,"environment":"prod","cluster":"orders","begun":"initdb"}'],
    ['no cluster', '{"format":1,"environment":"prod","begun":"initdb"}'],
    [
      'a path for a lineage',
      '{"format":1,"environment":"prod","cluster":"orders","begun":"initdb","lineage":"../x-18"}',
    ],
  ])('fails with %s in its file', (_, text) => {
    expect(() => parseMarker(text)).toThrow(expect.objectContaining({ code: 'HOST-VOLUME' }));
  });
});
