import type { Diagnosis } from '../diagnosis/diagnosis-record.ts';
import type { CallOptions } from './object-store.ts';

/** What a diagnosis is asked about. */
export interface DiagnosisRequest {
  /** The alarm's name. */
  readonly alarm: string;
  /** When it went off. */
  readonly at: Date;
  /** Asked only to see that there is an answer: nobody reads it, so it is not kept. */
  readonly isProof?: boolean | undefined;
}

/** Whoever can see the database, and says what stands behind a page. */
export interface Diagnoser {
  /**
   * @throws {@link OpsError} `HEALTH-DIAGNOSIS` when it fails or does not answer as it should; `AWS-DENIED`,
   *   `AWS-ABSENT`, `AWS-FAILED` when it cannot be asked.
   */
  diagnose(request: DiagnosisRequest, options?: CallOptions): Promise<Diagnosis>;
}
