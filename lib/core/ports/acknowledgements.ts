import type { Acknowledgement } from '../paging/acknowledgement.ts';
import type { CallOptions } from './object-store.ts';

/** Who has taken note of which alarm: one record for each alarm, the last one written. */
export interface Acknowledgements {
  /**
   * The acknowledgements of `alarms`, by name. One that cannot be understood counts as none.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`.
   */
  read(
    environment: string,
    alarms: readonly string[],
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, Acknowledgement>>;
  /** @throws {@link OpsError} `AWS-DENIED`, `AWS-FAILED`. */
  write(
    environment: string,
    acknowledgement: Acknowledgement,
    options?: CallOptions,
  ): Promise<void>;
}
