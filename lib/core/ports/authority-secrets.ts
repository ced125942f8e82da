import type { CallOptions } from './object-store.ts';

/** A secret's text, and which version of it that is. */
export interface SecretText {
  readonly text: string;
  readonly version: string;
}

/** Secrets whose writers may be several, of which one wins. */
export interface AuthoritySecrets {
  /**
   * The current text of `secret`; `undefined` where nothing was ever written.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`; `SECRET-MALFORMED` for one that is bytes.
   */
  read(secret: string, options?: CallOptions): Promise<SecretText | undefined>;

  /**
   * Makes `text` the current one, provided that nobody else has written since version `after` was read;
   * `undefined` stands for nothing. Afterwards, read what is current.
   *
   * @returns whether it was written.
   * @throws {@link OpsError} `AWS-ABSENT`, `AWS-DENIED`, `AWS-FAILED`.
   */
  putAfter(
    secret: string,
    put: { readonly text: string; readonly after: string | undefined },
    options?: CallOptions,
  ): Promise<boolean>;
}
