import type { CallOptions } from './object-store.ts';

/** When a secret was rotated, and will be. */
export interface SecretAge {
  /** As people know it. */
  readonly name: string;
  readonly isRotated: boolean;
  /** The secret's making, when it never was. */
  readonly rotatedAt: Date;
  /** The date by which it is to be rotated next: in the past once that has failed; `undefined` when nobody says. */
  readonly dueAt: Date | undefined;
}

/** Knows when secrets are rotated, without reading them. */
export interface SecretAges {
  /**
   * @param secret - its ARN or name.
   * @throws {@link OpsError} `AWS-ABSENT` when there is no such secret; `AWS-DENIED`, `AWS-FAILED`.
   */
  ageOf(secret: string, options?: CallOptions): Promise<SecretAge>;
}
