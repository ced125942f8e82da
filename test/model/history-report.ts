import { z } from 'zod';
import type { HistorySize } from './run-history.ts';

/** What a process is to make a history of. */
export interface HistoryRequest {
  readonly seed: number;
  readonly size: HistorySize;
  /** After this no further round begins; milliseconds since 1970. */
  readonly endMs: number;
  /** Where all of it takes place. */
  readonly directory: string;
  readonly hasSmallDisks: boolean;
  readonly templateDirectory: string;
  /** Of the S3 server that the store is in; `undefined` for a folder. */
  readonly s3Endpoint: string | undefined;
}

/** What came of it. */
export const HistoryReport = z.object({
  /** What was not as the model says. */
  failure: z.string().optional(),
  /** Whether it was told to stop: then a failure means nothing. */
  isStopped: z.boolean(),
  /** What happened, in sentences. */
  story: z.array(z.string()).readonly(),
  /** How often each kind of thing happened. */
  counts: z.record(z.string(), z.number()),
});
export type HistoryReport = z.infer<typeof HistoryReport>;
