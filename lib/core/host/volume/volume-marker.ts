import { z } from 'zod';
import { ClusterId, EnvironmentName } from '../../config/fields.ts';
import { OpsError } from '../../errors/ops-error.ts';

/** Name of the marker at the root of a data volume. */
export const MARKER = 'marker.json';

/** Whose a data volume is: the first that is ever written to it. */
export const VolumeMarker = z.object({
  format: z.literal(1),
  environment: EnvironmentName,
  cluster: ClusterId,
  /** How its data directory comes to be. */
  begun: z.enum(['initdb', 'recover']),
  /** `<system identifier>-<major>`; absent until there is a whole cluster. */
  lineage: z
    .string()
    .regex(/^\d+-\d+$/)
    .optional(),
});
export type VolumeMarker = z.output<typeof VolumeMarker>;

/**
 * The marker in the text of its file.
 *
 * @throws {@link OpsError} `HOST-VOLUME` for anything else: a damaged marker is no reason to write.
 */
export function parseMarker(text: string): VolumeMarker {
  try {
    return VolumeMarker.parse(JSON.parse(text));
  } catch (cause) {
    throw new OpsError('HOST-VOLUME', `${MARKER} of the volume cannot be understood`, {
      cause,
      hint: 'nothing was changed; is the volume this cluster’s? see docs/operate.md on volumes',
    });
  }
}

/** The text of a marker's file: one line, which the host's scripts can read too. */
export function markerText(marker: VolumeMarker): string {
  return JSON.stringify(marker);
}
