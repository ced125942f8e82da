import type { HostConfig } from '../../config/host-config.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { VolumeWord } from './judge-blank-volume.ts';
import type { VolumeMarker } from './volume-marker.ts';

/** What is at the place of the data directory. */
export type DataDirectoryState =
  | { readonly kind: 'absent' }
  /** A recovery that has not ended. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'cluster'; readonly systemIdentifier: string; readonly major: number }
  | { readonly kind: 'other' };

/** What {@link planStart} goes by. */
export interface StartFacts {
  readonly config: Pick<HostConfig, 'environment' | 'cluster'>;
  readonly marker: VolumeMarker;
  readonly data: DataDirectoryState;
  /** Of the programs at hand. */
  readonly major: number;
  readonly word: VolumeWord;
}

/** What comes before PostgreSQL starts. */
export interface StartPlan {
  readonly next: 'start' | 'initdb' | 'recover';
  /** The marker as it is to be from then on; absent when it is so already. */
  readonly marker?: VolumeMarker;
}

/**
 * What a host does with a volume that has a marker. A data directory that was whole once is started or
 * refused, never made again.
 *
 * @throws {@link OpsError} `HOST-VOLUME` for another cluster's volume, another lineage than the marker's, a
 *   major version that the programs are not of; `HOST-LOST-DATA` when a data directory that was whole
 *   is not there.
 */
export function planStart({ config, marker, data, major, word }: StartFacts): StartPlan {
  const whose = `${marker.environment}/${marker.cluster}`;
  const wanted = `${config.environment}/${config.cluster}`;
  if (whose !== wanted) {
    throw refused(
      `the volume is ${whose}’s, this host is ${wanted}’s`,
      'attach this cluster’s own',
    );
  }
  if (data.kind === 'cluster') return startCluster(marker, data, major);
  if (data.kind !== 'other') return makeCluster(marker, data.kind, word);
  throw refused('the data directory holds no cluster and is not empty', 'look at what is there');
}

/** Makes a cluster where none has ever been whole, or goes on making it. */
function makeCluster(
  { lineage, ...marker }: VolumeMarker,
  found: 'unfinished' | 'absent',
  word: VolumeWord,
): StartPlan {
  if (lineage === undefined) return { next: found === 'unfinished' ? 'recover' : marker.begun };
  if (word === 'recover') return { next: 'recover', marker: { ...marker, begun: 'recover' } };
  throw new OpsError('HOST-LOST-DATA', `${lineage} was on this volume and is not whole there`, {
    hint: 'a recovery in place or an upgrade that was broken off has set it aside: run that again, or take it back; if it is lost, "sudo holdfast host prepare --recover"; see docs/operate.md',
  });
}

function startCluster(
  marker: VolumeMarker,
  data: Extract<DataDirectoryState, { kind: 'cluster' }>,
  major: number,
): StartPlan {
  const lineage = `${data.systemIdentifier}-${data.major}`;
  if (marker.lineage !== undefined && marker.lineage !== lineage) {
    throw refused(
      `the data directory is of ${lineage}, the volume’s marker of ${marker.lineage}`,
      'was it replaced by hand? an upgrade records its own; see docs/operate.md on volumes',
    );
  }
  if (data.major !== major) {
    throw refused(
      `the data directory is of PostgreSQL ${data.major}, the image of ${major}`,
      'another major version takes an upgrade: see docs/operate.md',
    );
  }
  const isRecorded = marker.lineage === lineage;
  return { next: 'start', ...(isRecorded ? {} : { marker: { ...marker, lineage } }) };
}

function refused(what: string, hint: string): OpsError {
  return new OpsError('HOST-VOLUME', what, { hint: `nothing was changed; ${hint}` });
}
