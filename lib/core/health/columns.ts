import { z } from 'zod';

/** Columns as the driver gives them: NULL is no number, and fails, so that its check is blind. */

/** Any number of PostgreSQL's: bigint and numeric come as text. */
export const Num = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/)])
  .transform(Number);
/** The same, where NULL means that there is none. */
export const MaybeNum = Num.nullable();
export const Text = z.string();
export const MaybeText = z.string().nullable();
export const Bool = z.boolean();
