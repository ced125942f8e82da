import type { z } from 'zod';
import type { LineageKeys } from '../contract/key-layout.ts';
import { DiagnosisRecord } from '../diagnosis/diagnosis-record.ts';
import { AppliedRecord, UndoneRecord } from '../retention/applied-record.ts';
import { HoldRecord, HoldRelease } from '../retention/hold-record.ts';
import { RetentionPlan } from '../retention/retention-plan.ts';
import { ClaimRecord, OutcomeRecord, TaskRecord } from '../runs/run-records.ts';
import { AuditRecord } from './archive-audit/audit-record.ts';
import { HashRecord } from './hash-audit/hash-record.ts';

const ID = String.raw`\d{8}T\d{6}Z`;

/** Records that are what their place says, and nothing else tells of. */
const RECORDS: readonly (readonly [place: RegExp, schema: z.ZodType])[] = [
  [new RegExp(`^run/[a-z-]+/${ID}\\.json$`), ClaimRecord],
  [new RegExp(`^run/[a-z-]+/${ID}-task-[12]\\.json$`), TaskRecord],
  [new RegExp(`^run/[a-z-]+/${ID}-outcome-[12]\\.json$`), OutcomeRecord],
  [/^hold\/[\w-]+-release\.json$/, HoldRelease],
  [/^hold\/[\w-]+\.json$/, HoldRecord],
  [/^retention\/plan\/[\w-]+\.json$/, RetentionPlan],
  [/^retention\/applied\/[\w-]+\.json$/, AppliedRecord],
  [/^retention\/undone\/[\w-]+\.json$/, UndoneRecord],
  [new RegExp(`^audit/${ID}\\.json$`), AuditRecord],
  [new RegExp(`^audit/${ID}-hash\\.json$`), HashRecord],
  [new RegExp(`^diagnosis/${ID}-[A-Za-z0-9]+\\.json$`), DiagnosisRecord],
];

/** What else lies neither in the archive nor in a backup. */
const OTHERS: readonly RegExp[] = [
  /^identity\.json$/,
  /^writer\/\d{8}\.json$/,
  /^lease\/[a-z-]+\.json$/,
  /^gap\/[0-9A-F]{24}-[a-z]+((-anchor)?\.json|\/[^/.]+\.[^/]+)$/,
  /^drill\/[\w-]+\.json$/,
  /^tail\/[0-9A-F]{8}\/[0-9A-F]{24}\/[\w-]+\.zst$/,
];

/** What the record at `key` must look like; `undefined` where no such record lies. */
export function recordAt({ prefix }: LineageKeys, key: string): z.ZodType | undefined {
  const place = key.slice(prefix.length);
  return RECORDS.find(([shape]) => shape.test(place))?.[1];
}

/** Whether `key`, of neither archive nor backup, is one that Holdfast stores something under. */
export function isOfHoldfast(keys: LineageKeys, key: string): boolean {
  const place = key.slice(keys.prefix.length);
  return recordAt(keys, key) !== undefined || OTHERS.some((shape) => shape.test(place));
}
