import type { CallOptions } from './object-store.ts';

/**
 * Labels of a secret's versions.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
export const Stage = {
  CURRENT: 'AWSCURRENT',
  /** What a rotation is about to make current. */
  PENDING: 'AWSPENDING',
  /** What was current before. */
  PREVIOUS: 'AWSPREVIOUS',
} as const;
/** One of {@link Stage}. */
export type Stage = (typeof Stage)[keyof typeof Stage];

/** What is known of a secret without reading it. */
export interface SecretDescription {
  readonly rotationEnabled: boolean;
  /** Labels of each version that has any, by the version's id. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
}

/** Which version of a secret. */
export interface VersionName {
  readonly stage: Stage;
  /** @default - whichever has that label */
  readonly version?: string;
}

/**
 * Versions of secrets, as a rotation moves them. Every call throws `AWS-DENIED`, `AWS-FAILED`, and
 * `AWS-ABSENT` for a secret that is not there.
 */
export interface SecretVersions {
  describe(secret: string, options?: CallOptions): Promise<SecretDescription>;

  /** The text of a version; `undefined` while it is not there, or has no value yet. */
  read(secret: string, name: VersionName, options?: CallOptions): Promise<string | undefined>;

  /** Gives `version` its value, and the label pending; a value that it has already is kept. */
  putPending(secret: string, version: string, text: string, options?: CallOptions): Promise<void>;

  /** Moves the label current to `version` from the one that has it, which gets the label previous. */
  makeCurrent(
    secret: string,
    versions: { readonly version: string; readonly from: string | undefined },
    options?: CallOptions,
  ): Promise<void>;
}
