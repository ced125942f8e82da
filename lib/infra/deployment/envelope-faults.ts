import type { Copy } from './copy.ts';
import type { DeploymentFault } from './deployment-faults.ts';

/** What of a cluster's fields says whether its archive is sealed, and copied. */
interface EnvelopeParts {
  readonly envelope: boolean;
  readonly copy?: Copy | undefined;
}

/**
 * A copy is for when the archive's key is lost too, and what is sealed under that key opens with no other.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#data-keys
 */
export function envelopeFaults({ envelope, copy }: EnvelopeParts): readonly DeploymentFault[] {
  if (!envelope || copy === undefined) return [];
  const message = `true seals objects under a key of the archive's region alone, and the copy in ${copy.region} is to open without it: leave out one of them`;
  return [{ path: ['envelope'], message }];
}
