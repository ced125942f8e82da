import type { VaultSettings } from '../config/vault-settings.ts';
import type { CallOptions } from './object-store.ts';

/** What could be seen of a bucket's settings. */
export interface FoundSettings {
  readonly seen: Partial<VaultSettings>;
  /** Which could not be seen, and why: one that nobody has set is seen. */
  readonly unseen: readonly { readonly setting: keyof VaultSettings; readonly why: string }[];
}

/** Reads the settings of the bucket that an archive is in. */
export interface VaultSettingsReader {
  /**
   * Every setting is asked for, whatever the others come to.
   *
   * @throws {@link OpsError} the fault of the first when none could be seen: `AWS-ABSENT` for a bucket that is gone,
   *   `AWS-DENIED`, `AWS-FAILED`.
   */
  read(options?: CallOptions): Promise<FoundSettings>;
}
