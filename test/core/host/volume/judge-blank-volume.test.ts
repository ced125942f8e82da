import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ArchiveState,
  judgeBlankVolume,
  type VolumeWord,
} from '../../../../lib/core/host/volume/judge-blank-volume.ts';
import type { VolumeMarker } from '../../../../lib/core/host/volume/volume-marker.ts';

const ARCHIVES: readonly ArchiveState[] = ['empty', 'present', 'unknown'];
const WORDS: readonly VolumeWord[] = ['none', 'first-boot', 'recover'];
const CONFIG = { environment: 'prod', cluster: 'orders', store: 's3://archive' };

function judge(
  archive: ArchiveState,
  word: VolumeWord,
  onLostData: 'refuse' | 'recover' = 'refuse',
): VolumeMarker {
  return judgeBlankVolume({ config: { ...CONFIG, onLostData }, archive, word });
}

describe('judgeBlankVolume', () => {
  test('makes a new cluster where the archive is proven empty', () => {
    const marker = { format: 1, environment: 'prod', cluster: 'orders', begun: 'initdb' };
    expect(judge('empty', 'none')).toEqual(marker);
    expect(judge('empty', 'first-boot', 'recover')).toEqual(marker);
  });

  test('fails where there is an archive, and nobody has said that it is to be recovered', () => {
    for (const word of ['none', 'first-boot'] as const) {
      expect(() => judge('present', word)).toThrow(
        expect.objectContaining({ code: 'HOST-LOST-DATA' }),
      );
    }
  });

  test('recovers an archive when a person says so, or the deployment does and no person says else', () => {
    expect(judge('present', 'recover').begun).toBe('recover');
    expect(judge('present', 'none', 'recover').begun).toBe('recover');
    expect(() => judge('present', 'first-boot', 'recover')).toThrow(
      expect.objectContaining({ code: 'HOST-LOST-DATA' }),
    );
  });

  test('fails when told to recover what is not there, or cannot be seen', () => {
    for (const archive of ['empty', 'unknown'] as const) {
      expect(() => judge(archive, 'recover')).toThrow(
        expect.objectContaining({ code: 'HOST-LOST-DATA' }),
      );
    }
  });

  test('waits for an archive that cannot be asked, unless a person answers for it', () => {
    expect(() => judge('unknown', 'none', 'recover')).toThrow(
      expect.objectContaining({ code: 'STORE-UNAVAILABLE', retryable: true }),
    );
    expect(judge('unknown', 'first-boot').begun).toBe('initdb');
  });

  test('never makes a cluster where an archive is seen, whatever anybody says', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ARCHIVES),
        fc.constantFrom(...WORDS),
        fc.constantFrom('refuse', 'recover'),
        (archive, word, onLostData) => {
          let begun: string | undefined;
          try {
            ({ begun } = judge(archive, word, onLostData));
          } catch {
            return;
          }
          expect(begun === 'initdb' && archive === 'present').toBe(false);
          expect(begun === 'initdb' && archive === 'unknown' && word !== 'first-boot').toBe(false);
        },
      ),
    );
  });
});
