/**
 * Names of what the host's script `apply` tells the role `host-plan`. Imports nothing.
 */
export const ApplyEnv = {
  /** `plan`, `execute` or `now`: what a person asked for. */
  MODE: 'HOLDFAST_APPLY',
  /** File with what the host was told last; {@link HostEnv.CONFIG} is what it is to be told. */
  RUNNING_CONFIG: 'HOLDFAST_RUNNING_CONFIG',
  /** Id of the image that the deployment names: the one that the role runs from. */
  WANTED_IMAGE: 'HOLDFAST_WANTED_IMAGE',
  /** Ids of the images that containers run from; empty for one that does not run. */
  POSTGRES_IMAGE: 'HOLDFAST_POSTGRES_IMAGE',
  AGENT_IMAGE: 'HOLDFAST_AGENT_IMAGE',
  POOLER_IMAGE: 'HOLDFAST_POOLER_IMAGE',
  /** SHA-256 of the bundle in place, and of the one that the deployment names. */
  RUNNING_BUNDLE: 'HOLDFAST_RUNNING_BUNDLE',
  WANTED_BUNDLE: 'HOLDFAST_WANTED_BUNDLE',
} as const;
