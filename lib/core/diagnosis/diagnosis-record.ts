import { z } from 'zod';
import { Instant } from '../store/records.ts';

/** What a diagnosis looks at, in the order in which people ask. */
export const PART_LABELS = {
  backup: 'Last backup',
  recoverable: 'Recoverable',
  server: 'Server',
  blockers: 'Blockers',
  horizon: 'Oldest xmin',
  queries: 'Top queries',
  disk: 'Disk',
  work: 'Last work',
} as const;
/** One of {@link PART_LABELS}. */
export type PartId = keyof typeof PART_LABELS;

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** A row of figures: ids, counts and names, never the text of a statement. */
export type Row = Readonly<Record<string, z.output<typeof Cell>>>;

/** What one look came to. */
export const DiagnosisPart = z.object({
  id: z.literal(Object.keys(PART_LABELS) as PartId[]),
  /** One line for people; of a part that is missing, why. */
  says: z.string(),
  isMissing: z.boolean(),
  /** What stands behind the line. */
  rows: z.array(z.record(z.string(), Cell)),
});
export type DiagnosisPart = z.output<typeof DiagnosisPart>;

/** `diagnosis/<time>-<alarm>.json`: what stood behind a page, as it was then. Write-once. */
export const DiagnosisRecord = z.object({
  /** The alarm's name. */
  alarm: z.string().min(1),
  /** When the alarm went off. */
  at: Instant,
  madeAt: Instant,
  parts: z.array(DiagnosisPart),
  /** What to run next: SQL, or a command. */
  next: z.array(z.string()),
});
export type DiagnosisRecord = z.output<typeof DiagnosisRecord>;

/** The record, and where it is kept. */
export const Diagnosis = DiagnosisRecord.extend({
  /** `s3://bucket/key`; absent when it could not be kept. */
  object: z.string().optional(),
  /** Why it could not be kept. */
  notKept: z.string().optional(),
});
export type Diagnosis = z.output<typeof Diagnosis>;
