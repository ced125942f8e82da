import { z } from 'zod';

/** How `pg_upgrade` brings the files of tables into the new cluster. */
export const UPGRADE_MODES = ['copy', 'clone', 'link'] as const;
export type UpgradeMode = (typeof UPGRADE_MODES)[number];

const Major = z.int().min(15);
const SystemIdentifier = z.string().regex(/^\d+$/);

/**
 * What stands beside a data directory from the first step of its upgrade on. It is replaced whole
 * before each step that it announces, so that after any interruption it and the directories tell
 * together what remains to be done.
 */
export const UpgradeJournal = z.object({
  format: z.literal(1),
  from: Major,
  to: Major,
  mode: z.enum(UPGRADE_MODES),
  /**
   * `making`: the new cluster is not whole, and the old one is in its place. `made`: the new one is
   * whole. `done`: it has the place. `undoing`: the old one is on its way back.
   */
  phase: z.enum(['making', 'made', 'done', 'undoing']),
  systemIdentifier: SystemIdentifier,
  /** What is known from `made` on. */
  whole: z
    .object({
      /** Of the new cluster. */
      systemIdentifier: SystemIdentifier,
      /** Of the old one when it was left, as `X/Y`: a start would have made another. */
      oldCheckpointLsn: z.string().optional(),
    })
    .optional(),
});
export type UpgradeJournal = z.output<typeof UpgradeJournal>;

/** Where the two clusters are, beside the place that both may have. */
export interface UpgradePaths {
  /** The new cluster, before it has the place. */
  readonly made: string;
  /** The old one, from then on. */
  readonly kept: string;
  /** The new one, after it was given up. */
  readonly undone: string;
}

/** Where the clusters of an upgrade of `dataDirectory` are. */
export function upgradePaths(
  dataDirectory: string,
  { from, to }: Pick<UpgradeJournal, 'from' | 'to'>,
): UpgradePaths {
  return {
    made: `${dataDirectory}.${to}`,
    kept: `${dataDirectory}.${from}`,
    undone: `${dataDirectory}.${to}-undone`,
  };
}
