import type { StatementReading } from '../diagnosis/statement-reading.ts';
import type { CallOptions } from './object-store.ts';

/** What the probe of the database wrote down before. */
export interface PastReports {
  /**
   * The reading of statements that is nearest to `at`, of those a few minutes around it; `undefined` when there is none.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`.
   */
  statements(at: Date, options?: CallOptions): Promise<StatementReading | undefined>;
}
