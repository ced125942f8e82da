import type { HostConfig } from '../../config/host-config.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { VolumeMarker } from './volume-marker.ts';

/** What the store says of the cluster's archive; `unknown` when it could not be asked. */
export type ArchiveState = 'empty' | 'present' | 'unknown';

/** What a person has said about a blank volume. */
export type VolumeWord = 'none' | 'first-boot' | 'recover';

/** What is known about a volume without a marker. */
export interface BlankVolume {
  readonly config: Pick<HostConfig, 'environment' | 'cluster' | 'store' | 'onLostData'>;
  readonly archive: ArchiveState;
  readonly word: VolumeWord;
}

/**
 * What a blank volume becomes. A cluster is made anew only where the archive is proven empty, or a person
 * says so of one that cannot be asked; never over one that exists.
 *
 * @throws {@link OpsError} `HOST-LOST-DATA` when there is an archive and nobody has said that it is to be
 *   recovered, or there is none to recover; `STORE-UNAVAILABLE` when the archive cannot be asked.
 */
export function judgeBlankVolume({ config, archive, word }: BlankVolume): VolumeMarker {
  const { environment, cluster } = config;
  const begun = archive === 'present' ? recovers(config, word) : initializes(config, archive, word);
  return { format: 1, environment, cluster, begun };
}

function initializes(
  { cluster, store }: BlankVolume['config'],
  archive: Exclude<ArchiveState, 'present'>,
  word: VolumeWord,
): 'initdb' {
  if (word === 'recover') {
    throw new OpsError('HOST-LOST-DATA', `${store} shows nothing of ${cluster} to recover`, {
      hint: 'is it the right store and cluster, and can it be asked? without --recover a new cluster is made',
    });
  }
  if (archive === 'empty' || word === 'first-boot') return 'initdb';
  throw new OpsError('STORE-UNAVAILABLE', `${store} cannot be asked for ${cluster}`, {
    hint: 'a blank volume is not used until the archive is proven empty; it is asked again by itself',
  });
}

function recovers(
  { cluster, store, onLostData }: BlankVolume['config'],
  word: VolumeWord,
): 'recover' {
  if (word === 'recover' || (word === 'none' && onLostData === 'recover')) return 'recover';
  throw new OpsError(
    'HOST-LOST-DATA',
    `the volume is blank, and ${store} has an archive of ${cluster}`,
    {
      hint: 'the volume that holds the data is another: attach it; if it is lost, "sudo holdfast host prepare --recover" brings back what the archive has',
    },
  );
}
