import type { ProbeEstateConfig } from '../config/estate-config.ts';
import type { SecretAge } from '../ports/secret-ages.ts';
import type { FoundSettings } from '../ports/vault-settings.ts';
import type { BackupAge } from './estate/read-backup-age.ts';
import type { NewestName, PastName, RateName } from './estate/wanted-metrics.ts';
import { factCheck } from './fact-check.ts';
import type { Point } from './runway/fit-trend.ts';

/** Points of some metrics; one that the deployment has nothing for is not among them. */
export type PointsOf<N extends string> = Readonly<Partial<Record<N, readonly Point[]>>>;

/** What one of the cluster's functions came to lately. */
export interface FunctionErrors {
  readonly name: string;
  readonly errors: number;
  readonly throttles: number;
}

/** What the probe of the estate learns of a cluster from outside its database. */
export interface EstateFacts {
  readonly key: { readonly isUsable: boolean };
  readonly backup: BackupAge;
  readonly vault: FoundSettings;
  /** What was published of late. */
  readonly newest: PointsOf<NewestName>;
  /** What runways are fitted on. */
  readonly past: PointsOf<PastName>;
  /** What is usual at an hour, and what is now. */
  readonly rates: PointsOf<RateName>;
  readonly functions: readonly FunctionErrors[];
  readonly secrets: readonly SecretAge[];
}

/** What checks of {@link EstateFacts} judge by. */
export interface EstateKnown extends Pick<
  ProbeEstateConfig,
  | 'thresholds'
  | 'retention'
  | 'vaultSettings'
  | 'hostGroup'
  | 'volumeId'
  | 'hasPooler'
  | 'backupAgeLimitSec'
  | 'backupTimeoutSec'
> {
  readonly now: Date;
}

/** Makes a check of one of {@link EstateFacts}. */
export const estateCheck = factCheck<EstateFacts, EstateKnown>();
