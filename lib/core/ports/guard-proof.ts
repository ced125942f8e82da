import type { CallOptions } from './object-store.ts';

/** The harmless change by which the guard of an archive shows that it hears. */
export interface GuardProof {
  /**
   * Notes a time in a tag of the key.
   *
   * @throws {@link OpsError} `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
   */
  mark(key: string, at: Date, options?: CallOptions): Promise<void>;
}
