import type { CallOptions } from './object-store.ts';

/** Secrets that somebody else wrote; an adapter keeps none of them. */
export interface SecretValues {
  /**
   * The current text of `secret`, an ARN or a name.
   *
   * @throws {@link OpsError} `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`; `SECRET-MALFORMED` for one that
   *   is bytes.
   */
  read(secret: string, options?: CallOptions): Promise<string>;
}
