import type { CallOptions } from './object-store.ts';

/** Knows what state encryption keys are in. */
export interface KeyState {
  /**
   * Whether the key can encrypt and decrypt, and is to stay.
   *
   * @param key - its id, alias or ARN.
   * @throws {@link OpsError} `AWS-ABSENT` when there is no such key; `AWS-DENIED`, `AWS-FAILED`.
   */
  isUsable(key: string, options?: CallOptions): Promise<boolean>;
}
